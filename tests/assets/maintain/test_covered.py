"""What raw blocks are kept for: every view that is defined, also one that cannot be used now."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from assets.maintain.catalog import task_named
from assets.maintain.covered import NotCovered
from assets.maintain.task import Outcome, Site, run
from assets.materialize import materialize
from assets.storage.metadata.defined_views import changing, drop_view, put_problem, put_view
from assets.storage.metadata.raw_days import raw_days
from assets.storage.metadata.retention import LAKE, RAW, Rule, set_rule
from assets.storage.metadata.sampling import SamplingRule, set_sampling_rule
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN, VIEWS

DAY = timedelta(days=1)
TASKS = ["raw_retention", "space_retention", "tail_sampling", "process_sweep"]


@pytest.fixture
def overdue(filled, new_sender):
    """Return a lake whose one day may go, by every rule, but for a view that is defined."""
    filled.write(new_sender(), [{"time": 1, "msg": "a"}])
    for view in VIEWS:
        if view.scope == "global":
            materialize(filled.lake, view, filled.tables)
    with filled.lake.connection() as conn:
        with changing(conn):
            put_view(conn, "errors", "sql", {}, {"time": "timestamp"})
        put_problem(conn, "view errors", "errors", "no column 'level'")
        set_rule(conn, Rule(RAW, keep_days=1))
        set_rule(conn, Rule(LAKE, keep_bytes=1))
        set_sampling_rule(conn, SamplingRule("logs", "log", None, after_days=2, around_days=1))
    return filled


def ran(filled, name: str, *, after: timedelta = 90 * DAY) -> Outcome:
    """Run a task with the views that this program has of its own."""
    task = task_named(name)
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + after, BUILT_IN)
    return run(task, site, task.settings(), dry_run=False)


def blocks(filled) -> int:
    """Return how many raw blocks are known."""
    with filled.lake.connection() as conn:
        return sum(day.blocks for day in raw_days(conn))


def processes(filled) -> int:
    """Return how many processes are known."""
    with filled.lake.connection() as conn:
        row = conn.execute("SELECT count(*) FROM processes").fetchone()
    assert row is not None
    return row[0]


def without_blocks(filled) -> None:
    """Leave processes of which nothing is left but what a view may have."""
    with filled.lake.connection() as conn:
        conn.execute("DELETE FROM blocks")
    for view in VIEWS:
        if view.scope == "global":
            filled.lake.objects.delete(
                [found.key for found in filled.lake.objects.list(f"tables/{view.name}/")]
            )


LEFT: dict[str, Callable[..., int]] = dict.fromkeys(TASKS, blocks) | {"process_sweep": processes}


@pytest.mark.parametrize("name", TASKS)
def test_nothing_goes_while_a_definition_cannot_be_used(overdue, name: str) -> None:
    """
    The run says which and why; once the view is dropped it goes.
    """
    if name == "process_sweep":
        without_blocks(overdue)
    for _ in range(2):  # marked first, dropped afterwards
        outcome = ran(overdue, name)
    (error,) = {str(error) for _, error in outcome.failed if isinstance(error, NotCovered)}
    assert "cannot be used now: errors (no column 'level')" in error
    assert LEFT[name](overdue) == 1
    with overdue.lake.connection() as conn, changing(conn):
        drop_view(conn, "errors")
    for _ in range(2):
        assert ran(overdue, name).failed == []
    assert LEFT[name](overdue) == 0


def test_a_day_that_is_marked_already_stays_too(overdue) -> None:
    """
    The definition broke, or came, after the mark.
    """
    with overdue.lake.connection() as conn, changing(conn):
        drop_view(conn, "errors")
    assert ran(overdue, "raw_retention").numbers["days marked"]
    with overdue.lake.connection() as conn, changing(conn):
        put_view(conn, "errors", "sql", {}, {"time": "timestamp"})
    (error,) = {str(error) for _, error in ran(overdue, "raw_retention").failed}
    assert "errors" in error
    assert blocks(overdue) == 1
