"""Retention by space: the oldest days go when there is too much, and not before, and not more."""

from datetime import UTC, datetime, timedelta

import pytest

from assets.errors import CallerError
from assets.maintain.catalog import task_named
from assets.maintain.space_retention import NoSpace
from assets.maintain.task import Outcome, Site, run
from assets.materialize import materialize
from assets.storage.disk import Disk, data_file_bytes, disk_of
from assets.storage.metadata.raw_days import raw_days
from assets.storage.metadata.retention import (
    LAKE,
    Rule,
    mark_retiring,
    retiring_days,
    set_rule,
)
from assets.storage.tables import TableCache
from assets.views.catalog import VIEWS
from assets.views.log_entries import LOG_ENTRIES
from assets.views.physical import table_spec

DAY = timedelta(days=1)
DAYS = 5


def filled_days(filled, new_sender) -> None:
    """Write a block on each of five days, the last of them today, by moving the lake's clock."""
    for number in range(DAYS):
        rows = [{"time": 1, "msg": f"day {number}"}]
        filled.write(new_sender(), rows, shift=number * DAY)
    for view in VIEWS:
        if view.scope == "global":
            materialize(filled.lake, view, filled.tables)


def ran(filled, name: str = "space_retention", *, dry_run: bool = False, **settings) -> Outcome:
    """Run a task on the last of the days."""
    task = task_named(name)
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + (DAYS - 1) * DAY)
    return run(task, site, task.settings(**settings), dry_run=dry_run)


def given(filled, **bounds: int) -> None:
    """Make a rule hold."""
    with filled.lake.connection() as conn:
        set_rule(conn, Rule(LAKE, **bounds))


def messages(filled) -> list[str]:
    """Return the days that a query sees."""
    return sorted(filled.read(LOG_ENTRIES)["msg"].to_list())


def size(filled) -> int:
    """Return the bytes of rows and raw blocks."""
    with filled.lake.connection() as conn:
        raw = sum(day.bytes for day in raw_days(conn))
    files = [
        filled.tables.snapshot(filled.lake, spec).files["size_bytes"].sum()
        for spec in map(table_spec, VIEWS)
    ]
    return raw + sum(files)


def test_without_a_rule_or_with_room_nothing_goes(filled, new_sender) -> None:
    """
    However old it is.
    """
    filled_days(filled, new_sender)
    assert ran(filled).planned == []
    given(filled, keep_bytes=size(filled))
    assert ran(filled).planned == []


def test_the_oldest_days_go_until_there_is_room(filled, new_sender) -> None:
    """
    Rows at once, raw blocks when they were marked long enough; then it is left alone.
    """
    filled_days(filled, new_sender)
    before = size(filled)
    given(filled, keep_bytes=before - 1)
    plan = ran(filled, dry_run=True)
    assert messages(filled) == [f"day {number}" for number in range(DAYS)]
    assert {step.subject.rpartition(" ")[2] for step in plan.planned} == {
        f"{datetime.now(UTC):%Y-%m-%d}"
    }
    assert not ran(filled).failed
    assert messages(filled) == ["day 1", "day 2", "day 3", "day 4"]
    with filled.lake.connection() as conn:
        conn.execute("UPDATE retiring_days SET covered_at = covered_at - interval '2 hours'")
        assert len([day for day in raw_days(conn) if day.blocks]) == DAYS
    given(filled, keep_bytes=size(filled) - 1)
    assert not ran(filled).failed
    with filled.lake.connection() as conn:
        assert len([day for day in raw_days(conn) if day.blocks]) == DAYS - 1
    given(filled, keep_bytes=size(filled))
    with filled.lake.connection() as conn:
        conn.execute("DELETE FROM retiring_days")
    assert ran(filled).planned == []


def test_the_newest_days_stay_and_the_run_says_that_it_is_too_much(filled, new_sender) -> None:
    """
    A budget that is far too small costs what is old, and then the operator hears of it.
    """
    filled_days(filled, new_sender)
    given(filled, keep_bytes=1)
    outcome = ran(filled)
    assert [type(error) for _, error in outcome.failed] == [NoSpace]
    assert "only the newest 2 days are left" in str(outcome.failed[0][1])
    assert messages(filled) == ["day 3", "day 4"]


def test_a_disk_that_is_too_full_is_relieved(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What is gone and not deleted yet counts: the next run removes nothing more for the same want.
    """
    filled_days(filled, new_sender)
    given(filled, keep_free_percent=10)
    total = 100 * size(filled)
    full = Disk(total, total // 10 - 1)
    monkeypatch.setattr("assets.maintain.space_retention.disk_of", lambda _: full)
    monkeypatch.setattr("assets.maintain.space_retention.SPACE_FREE_MORE_PERCENT", 0)
    assert not ran(filled).failed
    assert messages(filled) == ["day 1", "day 2", "day 3", "day 4"]
    waiting = ran(filled)
    assert {step.subject.partition(" ")[0] for step in waiting.planned} >= {"log_entries"}
    assert all("remove" not in step.action for step in waiting.planned)
    assert messages(filled) == ["day 1", "day 2", "day 3", "day 4"]
    monkeypatch.setattr(
        "assets.maintain.space_retention.disk_of", lambda _: Disk(total, total // 10)
    )
    assert ran(filled).planned == []


def test_the_disk_and_what_the_tables_take_of_it_are_known(filled, new_sender) -> None:
    """
    For files of this machine; removed files count until they are deleted.
    """
    disk = disk_of(filled.lake)
    assert disk is not None
    assert 0 < disk.free <= disk.total
    filled_days(filled, new_sender)
    before = data_file_bytes(filled.lake)
    assert before > 0
    given(filled, keep_bytes=1)
    ran(filled)
    assert data_file_bytes(filled.lake) == before


def test_the_rule_is_set_by_the_task_of_rules(filled) -> None:
    """
    With bounds that make sense for it only.
    """
    ran(filled, "set_retention", subject="lake", keep_bytes=5_000_000, keep_free_percent=15)
    (step,) = ran(filled, "set_retention", dry_run=True).planned
    assert step.action == "is kept 5.0 MB or what leaves 15 % of the disk free"
    with pytest.raises(CallerError, match="is kept by size"):
        ran(filled, "set_retention", subject="lake", keep_days=1)
    with pytest.raises(CallerError, match="is for the subject lake"):
        ran(filled, "set_retention", subject="raw", keep_free_percent=1)
    ran(filled, "set_retention", subject="lake")
    assert ran(filled, "set_retention", dry_run=True).planned == []


def test_a_mark_of_another_task_does_not_begin_it(filled, new_sender) -> None:
    """
    The lake is above what it would be brought down to, and was never over its budget.
    """
    filled_days(filled, new_sender)
    given(filled, keep_bytes=size(filled))
    with filled.lake.connection() as conn:
        mark_retiring(conn, datetime.now(UTC).date())
    assert ran(filled).planned == []
    assert len(messages(filled)) == DAYS


def test_what_was_begun_is_ended_below_the_budget_and_nothing_else_goes(filled, new_sender) -> None:
    """
    The raw blocks of the day whose rows are gone; not the next day, which nobody marked.
    """
    filled_days(filled, new_sender)
    given(filled, keep_bytes=size(filled) - 1)
    assert not ran(filled).failed
    with filled.lake.connection() as conn:
        conn.execute("UPDATE retiring_days SET covered_at = covered_at - interval '2 hours'")
        conn.execute("UPDATE retention SET keep_bytes = %s", (size(filled),))
    assert not ran(filled).failed
    assert messages(filled) == ["day 1", "day 2", "day 3", "day 4"]
    with filled.lake.connection() as conn:
        assert len([day for day in raw_days(conn) if day.blocks]) == DAYS - 1
    assert ran(filled).planned == []


@pytest.mark.parametrize("bounds", [{"keep_bytes": True}, {}])
def test_a_new_rule_keeps_the_raw_blocks_that_the_old_one_had_marked(
    filled, new_sender, bounds: dict[str, bool]
) -> None:
    """
    A larger budget, or none: the mark goes, the blocks stay.
    """
    filled_days(filled, new_sender)
    given(filled, keep_bytes=size(filled) - 1)
    assert not ran(filled).failed
    given(filled, **{name: size(filled) for name in bounds})
    with filled.lake.connection() as conn:
        conn.execute("UPDATE retiring_days SET covered_at = covered_at - interval '2 hours'")
    assert not ran(filled).failed
    with filled.lake.connection() as conn:
        assert len([day for day in raw_days(conn) if day.blocks]) == DAYS
        assert retiring_days(conn) == {}
    assert ran(filled).planned == []
