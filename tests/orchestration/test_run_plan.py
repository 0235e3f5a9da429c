"""Few runs, none for nothing, and no hour delays another."""

from datetime import UTC, datetime, timedelta

from orchestration.limits import (
    FAILED_HOUR_WAIT,
    FAILED_HOUR_WAIT_MAX,
    HOURS_PER_RUN_MAX,
    RUNS_PER_TICK_MAX,
)
from orchestration.run_plan import FailedRun, PlannedRun, runs_for

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW = NOON + timedelta(hours=3, minutes=5)


def hour(n: int) -> datetime:
    return NOON + timedelta(hours=n)


def test_views_and_hours_of_one_stretch_share_a_run() -> None:
    """
    Starting a run costs seconds of CPU, so all that is missing in neighbouring hours is one run.
    """
    missing = {"log_entries": [hour(0), hour(1)], "measures": [hour(1), hour(2)]}
    assert runs_for(missing, now=NOW) == [
        PlannedRun(views=("log_entries", "measures"), first=hour(0), last=hour(2), hours=3)
    ]


def test_a_run_names_only_views_with_something_missing_in_its_hours() -> None:
    """
    A view that is complete in a stretch gets no step there; the newest stretch comes first.
    """
    missing = {"log_entries": [hour(0)], "measures": [hour(0), hour(2)]}
    assert runs_for(missing, now=NOW) == [
        PlannedRun(views=("measures",), first=hour(2), last=hour(2), hours=1),
        PlannedRun(views=("log_entries", "measures"), first=hour(0), last=hour(0), hours=1),
    ]


def test_nothing_missing_asks_for_nothing() -> None:
    """
    A quiet lake starts no runs.
    """
    assert runs_for({}, now=NOW) == []
    assert runs_for({"log_entries": []}, now=NOW) == []


def test_scattered_hours_ask_for_a_bounded_number_of_runs_newest_first() -> None:
    """
    RUNS_PER_TICK_MAX holds however scattered the hours are; the rest waits for a later tick.
    """
    scattered = [hour(-2 * n) for n in range(RUNS_PER_TICK_MAX + 3)]
    runs = runs_for({"log_entries": scattered}, now=NOW)
    assert [run.first for run in runs] == scattered[:RUNS_PER_TICK_MAX]


def test_a_long_stretch_is_several_runs() -> None:
    """
    HOURS_PER_RUN_MAX bounds a run after a long outage.
    """
    missing = {"log_entries": [hour(-n) for n in range(HOURS_PER_RUN_MAX + 1)]}
    runs = runs_for(missing, now=NOW)
    assert sorted(run.hours for run in runs) == [1, HOURS_PER_RUN_MAX]


def test_a_failed_hour_waits_and_does_not_hold_up_its_neighbours() -> None:
    """
    An hour whose run just failed is left out for a while; the hours around it go on.
    """
    failed = [FailedRun(hour(0), hour(1), ended=NOW - FAILED_HOUR_WAIT / 2)]
    missing = {"log_entries": [hour(1), hour(2)]}
    assert runs_for(missing, failed=failed, now=NOW) == [
        PlannedRun(views=("log_entries",), first=hour(2), last=hour(2), hours=1)
    ]


def test_a_failed_hour_is_tried_again_in_a_run_of_its_own() -> None:
    """
    After its wait the hour is tried alone, last, so that its next failure costs no other hour.
    """
    failed = [FailedRun(hour(1), hour(1), ended=NOW - FAILED_HOUR_WAIT)]
    missing = {"log_entries": [hour(0), hour(1), hour(2)]}
    runs = runs_for(missing, failed=failed, now=NOW)
    assert [(run.first, run.last) for run in runs] == [
        (hour(2), hour(2)),
        (hour(0), hour(0)),
        (hour(1), hour(1)),
    ]


def test_hours_of_a_killed_run_are_retried_together_then_one_by_one() -> None:
    """
    A run that was killed costs one more run; when it happens again, the hour at fault shows.
    """
    missing = {"log_entries": [hour(0), hour(1), hour(2)]}
    killed = FailedRun(hour(0), hour(2), ended=NOW - FAILED_HOUR_WAIT_MAX)
    again = runs_for(missing, failed=[killed], now=NOW)
    assert [(run.first, run.last) for run in again] == [(hour(0), hour(2))]
    apart = runs_for(missing, failed=[killed, killed], now=NOW)
    assert [(run.first, run.last) for run in apart] == [(hour(n), hour(n)) for n in (2, 1, 0)]


def test_after_a_failure_each_view_is_tried_apart() -> None:
    """
    Dagster skips a view whose source failed in the same run; its hours may well be fine.
    """
    missing = {"log_entries": [hour(0)], "log_stats": [hour(0), hour(1)]}
    failed = FailedRun(hour(0), hour(1), ended=NOW - FAILED_HOUR_WAIT_MAX)
    assert runs_for(missing, failed=[failed], now=NOW) == [
        PlannedRun(views=("log_entries",), first=hour(0), last=hour(0), hours=1),
        PlannedRun(views=("log_stats",), first=hour(0), last=hour(1), hours=2),
    ]


def test_an_hour_that_fails_again_and_again_waits_longer_up_to_a_limit() -> None:
    """
    The wait doubles with each failure and ends at FAILED_HOUR_WAIT_MAX: never given up, never hot.
    """
    missing = {"log_entries": [hour(0)]}

    def asked(failures: int, since: timedelta) -> bool:
        failed = [FailedRun(hour(0), hour(0), ended=NOW - since)] * failures
        return bool(runs_for(missing, failed=failed, now=NOW))

    assert asked(1, FAILED_HOUR_WAIT)
    assert not asked(2, FAILED_HOUR_WAIT)
    assert asked(2, 2 * FAILED_HOUR_WAIT)
    assert not asked(1000, FAILED_HOUR_WAIT_MAX - timedelta(seconds=1))
    assert asked(1000, FAILED_HOUR_WAIT_MAX)
