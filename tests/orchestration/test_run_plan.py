"""Few runs, none for nothing, none much longer than the target, and nothing starves the rest."""

from dataclasses import replace
from datetime import datetime, timedelta

from orchestration.limits import (
    BRIDGED_HOURS_MAX,
    FAILED_HOUR_WAIT,
    FAILED_HOUR_WAIT_MAX,
    HOURS_PER_RUN_MAX,
    NEWEST_SHARE,
    RETRIES_IN_FLIGHT_MAX,
)
from orchestration.run_plan import NEWEST, OLDEST, RETRY, PlannedRun, RunInFlight, runs_for
from orchestration.trouble import EndedRun
from tests.orchestration.gaps import NOW, PACING, TARGET_S, gap, hour, missing

LONG_AGO = NOW - FAILED_HOUR_WAIT_MAX


def plan(lacked, **more) -> list[PlannedRun]:
    """Return what the sensor would ask for."""
    return runs_for(lacked, **({"pacing": PACING, "now": NOW} | more))


def spans(runs: list[PlannedRun]) -> list[tuple[str, datetime, datetime]]:
    """Return the lanes and hours of runs."""
    return [(run.lane, run.first, run.last) for run in runs]


def ended(first: int, last: int, *views: str, went: str = "failed", at=LONG_AGO) -> EndedRun:
    """Return a run of the sensor that ended."""
    return EndedRun(frozenset(views), hour(first), hour(last), at, went)


def test_views_and_hours_of_one_stretch_share_a_run() -> None:
    """
    Starting a run costs seconds of CPU, so all that is missing in neighbouring hours is one run.
    """
    (run,) = plan(missing(log_entries=[0, 1], measures=[1, 2]))
    assert (run.lane, run.views) == (NEWEST, ("log_entries", "measures"))
    assert (run.first, run.last, run.hours) == (hour(0), hour(2), 3)
    assert run.since == hour(0)


def test_a_run_goes_over_a_few_hours_with_nothing_missing() -> None:
    """
    Up to BRIDGED_HOURS_MAX of them, for that is cheaper than a second run.
    """
    near = [0, -1 - BRIDGED_HOURS_MAX]
    assert spans(plan(missing(log_entries=near))) == [(NEWEST, hour(near[1]), hour(0))]
    far = [0, -2 - BRIDGED_HOURS_MAX]
    assert spans(plan(missing(log_entries=far))) == [
        (NEWEST, hour(0), hour(0)),
        (OLDEST, hour(far[1]), hour(far[1])),
    ]


def test_a_run_names_only_views_with_something_missing_in_its_hours() -> None:
    """
    A view that is complete in a stretch gets no step there.
    """
    newest, oldest = plan(missing(log_entries=[-20], measures=[-20, 2]))
    assert newest.views == ("measures",)
    assert oldest.views == ("log_entries", "measures")


def test_nothing_missing_asks_for_nothing() -> None:
    """
    A quiet lake starts no runs.
    """
    assert plan({}) == []
    assert plan({"log_entries": {}}) == []


def test_a_small_young_gap_is_left_to_the_tail() -> None:
    """
    It gets a run when it has grown or has become old, not before.
    """
    young = NOW - PACING.worth_age + timedelta(seconds=1)
    small = {"log_entries": {hour(3): gap(3, 0.1, young)}}
    assert plan(small) == []
    assert plan({"log_entries": {hour(3): gap(3, 0.1, NOW - PACING.worth_age)}})
    assert plan({"log_entries": {hour(3): gap(3, 5.0, young)}})
    assert plan(small, pacing=replace(PACING, worth_age=timedelta(0)))


def test_when_behind_runs_over_the_oldest_and_over_the_newest_hours_go_on_side_by_side() -> None:
    """
    The oldest hours get the whole target, the newest a quarter of it, so that both move on.
    """
    newest, oldest = plan(missing(5.0, log_entries=list(range(-99, 1))))
    assert spans([newest, oldest]) == [
        (NEWEST, hour(-1), hour(0)),
        (OLDEST, hour(-99), hour(-89)),
    ]
    assert newest.seconds <= TARGET_S * NEWEST_SHARE
    assert TARGET_S * 0.8 < oldest.seconds <= TARGET_S


def test_what_fits_into_one_run_is_one_run() -> None:
    """
    The newest hours are kept apart only when there is more than one run has room for.
    """
    (run,) = plan(missing(5.0, log_entries=list(range(-10, 1))))
    assert run.hours == 11


def test_runs_are_as_long_as_the_measured_pace_makes_them() -> None:
    """
    A view that was slow lately gets fewer hours in a run.
    """
    lacked = missing(5.0, log_entries=list(range(-99, 1)))
    slow = replace(PACING, paces={"log_entries": 4.0 / (1 << 20)})
    fast = replace(PACING, paces={"log_entries": 0.25 / (1 << 20)})
    assert plan(lacked, pacing=slow)[1].hours == 2
    assert plan(lacked, pacing=fast)[1].hours > 40


def test_an_hour_that_is_more_than_the_target_is_a_run() -> None:
    """
    It is not left out; its steps stop when their time is up, and the next run goes on.
    """
    newest, oldest = plan(missing(500.0, log_entries=[0, -1]))
    assert (newest.hours, oldest.hours) == (1, 1)


def test_a_long_stretch_is_several_runs() -> None:
    """
    HOURS_PER_RUN_MAX bounds a run after a long outage with little in each hour.
    """
    runs = plan(missing(0.0, log_entries=[-n for n in range(3 * HOURS_PER_RUN_MAX)]))
    assert max(run.hours for run in runs) == HOURS_PER_RUN_MAX


def test_in_each_lane_there_is_one_run_in_flight_and_none_has_the_same_hours() -> None:
    """
    However far behind the tables are, the queue does not grow.
    """
    lacked = missing(5.0, log_entries=list(range(-99, 1)))
    newest = RunInFlight(NEWEST, hour(-1), hour(0))
    oldest = RunInFlight(OLDEST, hour(-99), hour(-89))
    assert plan(lacked, in_flight=[newest, oldest]) == []
    assert spans(plan(lacked, in_flight=[newest])) == [(OLDEST, hour(-99), hour(-89))]
    assert spans(plan(lacked, in_flight=[oldest])) == [(NEWEST, hour(-1), hour(0))]
    everything = RunInFlight(RETRY, hour(-99), hour(0))
    assert plan(lacked, in_flight=[everything]) == []


def test_a_failed_hour_waits_and_does_not_hold_up_its_neighbours() -> None:
    """
    An hour whose run just failed is left out for a while; the hours around it go on.
    """
    failed = ended(1, 1, "log_entries", at=NOW - FAILED_HOUR_WAIT / 2)
    assert spans(plan(missing(log_entries=[0, 1, 2]), ended=[failed])) == [
        (RETRY, hour(2), hour(2)),
    ]
    killed = replace(failed, went="killed")
    assert spans(plan(missing(log_entries=[0, 1, 2]), ended=[killed])) == [
        (NEWEST, hour(2), hour(2)),
        (OLDEST, hour(0), hour(0)),
    ]


def test_a_view_that_fails_holds_up_no_other_view() -> None:
    """
    The others' run goes on over the same hours; what failed is tried again apart from them.
    """
    failed = ended(0, 1, "log_entries")
    newest, retry = plan(missing(log_entries=[0, 1], measures=[0, 1, 2]), ended=[failed])
    assert (newest.lane, newest.views, newest.hours) == (NEWEST, ("measures",), 3)
    assert (retry.lane, retry.views, retry.hours) == (RETRY, ("log_entries",), 2)


def test_a_killed_run_is_tried_again_as_it_was() -> None:
    """
    All its views and hours in one run: that it was killed says nothing about them.
    """
    killed = ended(0, 2, "log_entries", "measures", went="killed")
    (run,) = plan(missing(log_entries=[0, 1, 2], measures=[1]), ended=[killed])
    assert (run.lane, run.views, run.hours) == (RETRY, ("log_entries", "measures"), 3)


def test_hours_of_runs_that_were_killed_twice_are_tried_one_by_one() -> None:
    """
    The hour at fault shows; RETRIES_IN_FLIGHT_MAX of them at a time, newest first.
    """
    killed = ended(0, 2, "log_entries", went="killed")
    twice = [killed, replace(killed, ended=LONG_AGO - timedelta(minutes=9))]
    runs = plan(missing(log_entries=[0, 1, 2]), ended=twice)
    assert len(runs) == RETRIES_IN_FLIGHT_MAX
    assert spans(runs) == [(RETRY, hour(2), hour(2)), (RETRY, hour(1), hour(1))]
    busy = [RunInFlight(RETRY, hour(n), hour(n)) for n in (2, 1)]
    assert plan(missing(log_entries=[0, 1, 2]), ended=twice, in_flight=busy) == []


def test_no_run_goes_over_an_hour_in_trouble() -> None:
    """
    Otherwise the hours that it has besides would fail with it.
    """
    killed = ended(1, 1, "log_entries", went="killed", at=NOW)
    runs = plan(missing(log_entries=[0, 1, 2]), ended=[killed])
    assert spans(runs) == [(NEWEST, hour(2), hour(2)), (OLDEST, hour(0), hour(0))]
