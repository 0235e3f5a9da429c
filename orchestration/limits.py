"""Every limit of the orchestration, with what happens when it is reached."""

from datetime import timedelta

RUNS_PER_TICK_MAX = 4
"""Runs that one sensor tick asks for; what is left over waits for a tick after they have ended."""

HOURS_PER_RUN_MAX = 72
"""Hours in one run of the sensor; a longer stretch is cut, so that one run stays short."""

RUN_TIME_MAX = timedelta(minutes=30)
"""
After this time a run of the sensor is ended by Dagster's run monitoring, and the sensor no longer
waits for it. Its commits stand; the next run goes on from there.
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

FAILURES_LISTED_MAX = 20
"""Failed slices that a run's error message names; beyond that it gives their number."""

REQUEST_LAUNCH_MAX = timedelta(minutes=3)
"""A request without a run after this time is asked for again: the daemon has lost it."""

REQUESTS_REMEMBERED = timedelta(days=30)
"""How long requests that have ended are kept for people to look at; then they are deleted."""

STEPS_SHOWN_MAX = 200
"""Steps of a maintenance plan that a run's page shows as a table; its log names them all."""

RUNS_FORGOTTEN_PER_STEP = 1_000
"""Runs of one job that one run of dagster_history forgets; what is left waits for the next."""
