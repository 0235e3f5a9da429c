"""Every limit of the orchestration, with what happens when it is reached."""

from datetime import timedelta

RETRIES_IN_FLIGHT_MAX = 2
"""
Runs of the sensor that try again what failed, queued or running; others wait. With one run over
the newest hours and one over the oldest this bounds what the sensor ever has in flight.
"""

RUNS_IN_FLIGHT_READ = 50
"""Unfinished runs of the sensor that a tick reads; there are four at most unless some are lost."""

BRIDGED_HOURS_MAX = 6
"""
Hours with nothing missing that a run may go over to reach the next hour; over more there are two
runs. Going over an hour costs each view an event in Dagster's log, a run seconds of CPU.
"""

NEWEST_SHARE = 0.25
"""Part of a run's target that the newest hours get while older ones wait; at least one hour."""

PACE_DEFAULT = 1 / (1 << 20)
"""Seconds that a byte of work takes, for a view whose runs have not been measured yet."""

PACE_MIN = 1 / (256 << 20)
"""A measured pace faster than this is taken for this."""

PACE_MAX = 1 / (32 << 10)
"""A measured pace slower than this is taken for this, or every hour would be a run of its own."""

HOUR_SECONDS = 0.02
"""What an hour of a view costs a run besides its blocks: the events that tell of it."""

LAG_OBSERVED_EVERY = timedelta(minutes=10)
"""How often the sensor notes how far each table is behind, for the UI to plot,"""

LAG_OBSERVED_EVERY_BEHIND = timedelta(minutes=1)
"""and how often while one is further behind than usual. More often is not noted."""

HOURS_PER_RUN_MAX = 72
"""Hours in one run of the sensor; a longer stretch is cut, so that one run stays short."""

RUN_TIME_MAX = timedelta(minutes=30)
"""
After this time a run of the sensor is ended by Dagster's run monitoring, and the sensor no longer
waits for it. Its commits stand; the next run goes on from there.
"""

REBUILD_HOUR_TIME_MAX = timedelta(minutes=30)
"""
A requested rebuild is ended after this time for each hour from its first to its last: an hour is
built whole, so that it cannot go on where it was ended as an increment does.
"""

STEP_RETRIES_MAX = 3
"""How often a step tries again when storage does not answer; then its run fails, visibly."""

STEP_RETRY_WAIT_S = 10
"""Seconds before a step's first retry; each further one waits twice as long."""

FAILURES_REMEMBERED = timedelta(hours=2)
"""How long the sensor remembers a failed run; after that its hours count as healthy again."""

RECENT_FAILURES_MAX = 50
"""Failed runs that the sensor reads to see which hours are in trouble; older ones are forgotten."""

FAILED_HOUR_WAIT = timedelta(minutes=1)
"""
An hour whose run failed is asked for again after this time; after each further failure twice as
late, up to `FAILED_HOUR_WAIT_MAX`, and never in one run with healthy hours.
"""

FAILED_HOUR_WAIT_MAX = timedelta(minutes=15)
"""The longest wait before a failing hour is tried again."""

DOUBLINGS_MAX = 10
"""Doublings of a wait after which it is at its limit in any case; keeps the numbers small."""

FAILURES_LISTED_MAX = 20
"""Failed slices that a run's error message names; beyond that it gives their number."""

BUILDS_TOLD_EVERY_S = 15
"""
How often the UI is told of builds that were no runs. Each look costs the code server about 0.1 s of
CPU, also when there is nothing to tell.
"""

REQUEST_LAUNCH_MAX = timedelta(minutes=3)
"""A request without a run after this time is asked for again: the daemon has lost it."""

REQUEST_ATTEMPTS_MAX = 3
"""A request whose runs were lost (killed, or never begun) so often has failed."""

REQUEST_PARTIAL_MAX = timedelta(minutes=30)
"""
A request some of whose runs are gone (deleted in the UI, or never launched) has failed so long
after it began and the last of the others ended.
"""

REQUESTS_SERVED_MAX = 16
"""Requests with runs at the same time; further ones wait for one of them to end."""

REASON_CHARS_MAX = 500
"""A longer reason of a failed run is cut in what is told of its request; the run has all of it."""

REQUEST_PRIORITY = 1
"""Their runs' priority in Dagster's queue, before all others (0), because somebody waits."""

BUILDS_PER_TICK_MAX = 100
"""Builds of services that one tick tells Dagster of; further ones wait for the next."""

BUILD_UNTOLD_MAX = timedelta(days=7)
"""
A build of a view that the code location does not know waits so long for it to be loaded again; then
it is forgotten, as the view may have been dropped.
"""

REQUESTS_REMEMBERED = timedelta(days=30)
"""How long requests that have ended are kept for people to look at; then they are deleted."""

STEPS_SHOWN_MAX = 200
"""Steps of a maintenance plan that a run's page shows as a table; its log names them all."""

RUNS_FORGOTTEN_PER_STEP = 1_000
"""Runs of one job that one run of dagster_history forgets; what is left waits for the next."""

ROWS_FORGOTTEN_MAX = 100_000
"""Rows of one kind that one run of dagster_history deletes; what is left waits for the next."""

ROWS_FORGOTTEN_PER_COMMIT = 1_000
"""Of them so many in a transaction, so that no lock on Dagster's tables is held for long."""

PREVIEW_ROWS_MAX = 5
"""Rows that a materialization shows of the newest hour of its run; there are more in SQL."""

PREVIEW_COLUMNS_MAX = 7
"""Columns of such a preview: the time, and those that say most to people; SQL shows all."""

PREVIEW_FILE_ROWS_MAX = 1_000_000
"""A file with more rows is not read for a preview, which must not cost more than its run."""

CELL_CHARS_MAX = 60
"""Characters of one cell of a table in the UI; a longer text ends with an ellipsis."""

PLOT_BYTES_MAX = 4_096
"""Bytes of one plot, which Dagster's database keeps with the run; bars need far less."""

PLOTTED_HOURS_MAX = 48
"""Hours of one run that get a plot each, the newest; of older ones the numbers stay."""

RESUMED_RUNS_MAX = 20
"""Runs that one asked to go on looks back over; what only older ones built is built again."""

LAGS_PLOTTED_MAX = 150
"""Observations of a table's lag that its plot shows, about a day of them; not the older ones."""

LAG_BARS = 90
"""Bars of that plot: of the observations that one stands for it shows the greatest."""

CONNECTIONS_MAX = 4
"""Connections to Postgres of one run, or of the code server; who needs one more waits for it."""

LOAD_WAIT_S = 5
"""How long loading the code location waits for Postgres; then it shows our own views only."""
