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

CODE_SERVER_ANSWER_S = 300
"""Dagster's daemon and webserver wait so many seconds for the code server, which starts every run
as a process; a run that it has not started by then fails, where Dagster would say so after 60 s."""

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

PROBE_ACKNOWLEDGED_S_MAX = 20.0
"""An event of the probe that the receiver has not acknowledged after this long was not taken."""

PROBE_VISIBLE_S_MAX = 20.0
"""An event that SQL does not show this long after it was acknowledged is missing."""

PROBE_LOOK_AGAIN_S = 0.5
"""The probe asks again after this long when it did not find its event."""

PROBE_ROUNDS_WATCHED = 30
"""Rounds whose events the probe looks for at each round; older ones it leaves to the checks."""

PROBE_STOP_S = 2.0
"""The probe gets this long to end; what it was measuring is left unsaid."""

RELOAD_LOOK_S = 2.0
"""Seconds between two looks whether definitions of views have changed."""

RELOAD_S = 120.0
"""Longest reload of Dagster's code location; one that takes longer is asked for again."""

RUNS_MAX = 5
"""Dagster runs at a time; further ones wait in its queue."""

MAINTENANCE_RUNS_MAX = 2
"""Of them so many of maintenance; its others wait, so that increments and requests find a place."""

BACKFILL_RUNS_MAX = 1
"""Of them so many of backfills launched by hand; others wait, for the same reason."""

REBUILD_RUNS_MAX = 1
"""Of them so many of requests that rebuild; others wait, for the same reason."""

POOL_PLACES = BACKFILL_RUNS_MAX + REBUILD_RUNS_MAX + 1
"""Runs at one table at a time: however many long ones there are, increments wait for none."""

RUN_SECONDS_MAX = 24 * 3_600.0
"""
A run without a time limit of its own is ended by Dagster after it: one that hangs would hold its
place for ever. A rebuild by hand that needs longer goes on by re-execution.
"""
