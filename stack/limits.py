"""Every limit of the launcher, with what happens when it is reached."""

RESTART_DELAY_FIRST_S = 0.5
"""A part that ended is started again after this long; each further end doubles the delay."""

RESTART_DELAY_MAX_S = 30.0
"""The delay before a restart grows no longer than this; restarts go on for ever."""

STABLE_RUN_S = 60.0
"""A part that ran this long has recovered: its next restart waits the first delay again."""

FIRST_START_ENDS_MAX = 3
"""A part that ends so often before it was ever ready stops `limnod up`, with the end of its log."""

FIRST_START_S = 300.0
"""A part that is not ready after this long at the first start stops `limnod up` likewise."""

STILL_WAITING_S = 15.0
"""While parts are not ready, `limnod up` says so, and which, each time this has passed."""

DRAIN_S = 5.0
"""Parts that are asked to stop finish their work this long, then their process group is killed."""

DAGSTER_STOP_S = 2.0
"""Dagster's programs get this long: they wait for each other's streams for over 6 s otherwise, and
hold nothing that is not in Postgres. Runs under way are reported as failed at the next start."""

POSTGRES_STOP_S = 2.0
"""Postgres, asked last, gets this long to shut down; then it stops at once and recovers later."""

POSTGRES_STOP_AT_ONCE_S = 1.0
"""Postgres that was told to stop at once gets this long, then it is killed."""

QUERY_DRAIN_S = 4.0
"""Running queries get at most this long under `limnod up`, so that their service ends in time."""

LEFTOVER_STOP_S = 10.0
"""Parts of a killed `limnod` get this long to end at the next start, then they are killed."""

LOG_BYTES_MAX = 64 * 1024 * 1024
"""A part's log file over this size becomes `<name>.log.1` (replacing the one before)."""

ERROR_LINES_MAX = 20
"""More error lines of one part in ERROR_WINDOW_S are counted instead of shown; the file has all."""

ERROR_WINDOW_S = 10.0
"""Over this long the shown error lines of a part are counted against ERROR_LINES_MAX."""

PROBE_TIMEOUT_S = 2.0
"""A part that does not answer a readiness probe in this time counts as not ready."""
