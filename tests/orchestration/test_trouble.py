"""What failed is tried again ever later, and never given up."""

from datetime import timedelta

from orchestration.limits import FAILED_HOUR_WAIT, FAILED_HOUR_WAIT_MAX
from orchestration.trouble import EndedRun, retries, troubles
from tests.orchestration.gaps import NOW, hour

VIEWS = frozenset({"log_entries", "measures"})


def ended(minutes_ago: float, went: str, first: int = 0, last: int = 0, views=VIEWS) -> EndedRun:
    """Return a run that ended so many minutes ago."""
    return EndedRun(views, hour(first), hour(last), NOW - timedelta(minutes=minutes_ago), went)


def test_an_hour_that_fails_again_and_again_waits_longer_up_to_a_limit() -> None:
    """
    The wait doubles with each failure and ends at FAILED_HOUR_WAIT_MAX: never given up, never hot.
    """

    def rests(failures: int) -> timedelta:
        runs = [ended(n, "failed") for n in range(failures)]
        return troubles([("measures", hour(0))], runs)["measures", hour(0)].rests_until - NOW

    assert rests(1) == FAILED_HOUR_WAIT
    assert rests(2) == 2 * FAILED_HOUR_WAIT
    assert rests(1000) == FAILED_HOUR_WAIT_MAX


def test_only_the_views_and_hours_that_a_run_speaks_of_are_in_trouble() -> None:
    """
    A failed run names its views; hours outside of it are fine.
    """
    failed = ended(1, "failed", 1, 2, frozenset({"measures"}))
    missing = [("measures", hour(1)), ("measures", hour(3)), ("log_entries", hour(1))]
    assert set(troubles(missing, [failed])) == {("measures", hour(1))}


def test_what_went_well_since_is_forgiven() -> None:
    """
    New blocks of an hour that was killed an hour ago and done since are no trouble.
    """
    missing = [("measures", hour(0))]
    assert troubles(missing, [ended(9, "killed"), ended(5, "well")]) == {}
    (trouble,) = troubles(
        missing, [ended(9, "killed"), ended(5, "well"), ended(2, "killed")]
    ).values()
    assert trouble.failures == 1


def test_who_rests_is_not_tried() -> None:
    """
    Until its time has come.
    """
    found = troubles([("measures", hour(0))], [ended(0, "failed")])
    assert retries(found, NOW) == []
    assert retries(found, NOW + FAILED_HOUR_WAIT) == [(frozenset({"measures"}), [hour(0)])]


def test_what_failed_twice_is_tried_view_by_view_and_what_was_killed_twice_hour_by_hour() -> None:
    """
    An error is of a view; what kills a process may be all of them together.
    """
    missing = [(view, hour(n)) for view in VIEWS for n in (0, 1)]
    failed = [ended(90, "failed", 0, 1), ended(60, "failed", 0, 1)]
    alone = retries(troubles(missing, failed), NOW)
    assert sorted((sorted(views), hours) for views, hours in alone) == [
        (["log_entries"], [hour(0)]),
        (["log_entries"], [hour(1)]),
        (["measures"], [hour(0)]),
        (["measures"], [hour(1)]),
    ]
    killed = [ended(90, "killed", 0, 1), ended(60, "killed", 0, 1)]
    assert retries(troubles(missing, killed), NOW) == [(VIEWS, [hour(1)]), (VIEWS, [hour(0)])]
