"""Partitions of raw blocks are there ahead of time, and empty ones go; nothing else does."""

from datetime import UTC, date, datetime, timedelta

from assets.maintain.catalog import task_named
from assets.maintain.covered import NotCovered
from assets.maintain.task import Outcome, Site, run
from assets.storage.metadata.closings import close_hours
from assets.storage.metadata.partitions import partition_name
from assets.storage.metadata.raw_days import raw_days
from assets.storage.metadata.retention import (
    mark_retiring,
    retiring_days,
)
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN

DAY = timedelta(days=1)


def ran(filled, *, after: timedelta = timedelta(0), dry_run: bool = False) -> Outcome:
    """Run the task as if so much time had passed, by our clock; Postgres has its own."""
    task = task_named("partitions")
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + after, BUILT_IN)
    return run(task, site, task.settings(), dry_run=dry_run)


def days(filled) -> list[date]:
    """Return the days that have a partition."""
    with filled.lake.connection() as conn:
        return [day.day for day in raw_days(conn)]


def test_days_ahead_are_made_with_no_receiver_running(filled) -> None:
    """
    Once; a dry run only names them.
    """
    today = datetime.now(UTC).date()
    (step,) = ran(filled, dry_run=True).planned
    assert step.action.startswith("make those of ")
    assert len(days(filled)) == 2
    assert not ran(filled).failed
    assert {today + number * DAY for number in range(4)} <= {*days(filled), today}
    assert ran(filled, dry_run=True).planned == []


def test_days_that_are_over_and_empty_go(filled, new_sender) -> None:
    """
    One with a block stays, and so do today and yesterday.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "a"}])
    ran(filled)
    today = datetime.now(UTC).date()
    outcome = ran(filled, after=4 * DAY)
    assert outcome.numbers["partitions dropped"] == 2
    assert days(filled)[0] == today
    assert today + DAY not in days(filled)
    assert today + 3 * DAY in days(filled)
    with filled.lake.connection() as conn:
        assert retiring_days(conn) == {}


def test_a_drop_that_was_cut_off_is_finished(filled, new_sender) -> None:
    """
    The partition was detached, so no list of partitions names it, and its rows take room.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "a"}])
    today = datetime.now(UTC).date()
    name = partition_name(today)
    with filled.lake.connection() as conn:
        mark_retiring(conn, today)
        conn.execute(f"ALTER TABLE blocks DETACH PARTITION {name}")
    outcome = ran(filled)
    assert any(step.action.startswith("finish dropping it") for step in outcome.planned)
    with filled.lake.connection() as conn:
        assert conn.execute("SELECT to_regclass(%s)", (name,)).fetchone() == (None,)


def test_a_day_that_somebody_could_add_to_stays(filled) -> None:
    """
    An empty day may be one whose only block is not committed yet.
    """
    ran(filled)
    with filled.lake.connection() as conn:
        conn.execute(
            "INSERT INTO slice_closings (slice_start, closing_position)"
            " SELECT day::timestamptz + interval '5 hours', 1::bigint << 55 FROM"
            " generate_series(current_date, current_date + 4, '1 day') AS day"
        )
    outcome = ran(filled, after=4 * DAY)
    assert outcome.failed
    assert all(isinstance(error, NotCovered) for _, error in outcome.failed)


def test_days_that_are_over_are_counted(filled, new_sender) -> None:
    """
    So that tasks that ask for the size of each day each hour need not; a dry run only says so.
    """
    rows = [{"time": 1, "msg": "a"}]
    filled.write(new_sender(), rows, shift=-2 * DAY)
    with filled.lake.connection() as conn:
        close_hours(conn)
    over = f"partition of {datetime.now(UTC).date() - 2 * DAY}"
    assert over in [step.subject for step in ran(filled, dry_run=True).planned]
    outcome = ran(filled)
    assert outcome.numbers["days counted"] >= 1
    assert over not in [step.subject for step in ran(filled, dry_run=True).planned]
