"""Retention by space: the oldest days go when there is too much, and not before, and not more."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from assets.errors import CallerError
from assets.maintain.catalog import task_named
from assets.maintain.covered import NotCovered
from assets.maintain.space_retention import NoSpace
from assets.maintain.task import Outcome, Site, run
from assets.materialize import materialize
from assets.materialize.fetch import PayloadMissing
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
from assets.views.catalog import BUILT_IN, VIEWS
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
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + (DAYS - 1) * DAY, BUILT_IN)
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


def filled_but(filled, new_sender, *lacking: int) -> None:
    """Write as ``filled_days``; the payloads of the days of these numbers are lost at once."""
    for number in range(DAYS):
        before = {found.key for found in filled.lake.objects.list("segments/")}
        filled.write(new_sender(), [{"time": 1, "msg": f"day {number}"}], shift=number * DAY)
        if number in lacking:
            new = {found.key for found in filled.lake.objects.list("segments/")} - before
            filled.lake.objects.delete(sorted(new))
    for view in VIEWS:
        if view.scope == "global":
            with suppress(PayloadMissing):  # the other days are done all the same
                materialize(filled.lake, view, filled.tables)


def test_a_day_that_cannot_go_stays_whole_and_the_next_one_goes(filled, new_sender) -> None:
    """
    The run names it; once the operator has given up what is lost, it goes like any other.
    """
    filled_but(filled, new_sender, 0)
    given(filled, keep_bytes=size(filled) - 1)
    today = datetime.now(UTC).date()
    ((step, error),) = ran(filled).failed
    assert step.subject == f"everything of {today}"
    assert isinstance(error, NotCovered)
    assert "the task accept_loss" in str(error)
    with filled.lake.connection() as conn:
        assert list(retiring_days(conn)) == [today + DAY]
    done = ran(filled, "accept_loss", day=str(today))
    assert done.numbers["blocks"] == 1
    for view in VIEWS:
        if view.scope == "global":
            materialize(filled.lake, view, filled.tables)
    given(filled, keep_bytes=1)
    ran(filled)
    assert messages(filled) == ["day 3", "day 4"]


def test_only_so_many_days_are_passed_over(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What holds back more is to be mended: newer days do not go for it.
    """
    monkeypatch.setattr("assets.maintain.space_retention.SPACE_HELD_DAYS_MAX", 1)
    filled_but(filled, new_sender, 0, 1)
    given(filled, keep_bytes=1)
    errors = [error for _, error in ran(filled).failed]
    assert [type(error) for error in errors] == [NotCovered, NotCovered, NoSpace]
    assert "the 2 oldest days cannot: no more than 1" in str(errors[2])
    with filled.lake.connection() as conn:
        assert retiring_days(conn) == {}


def test_a_rule_that_changes_while_a_run_goes_on_holds_at_once(filled, new_sender) -> None:
    """
    The raw blocks of a day that the plan would drop stay.
    """
    filled_days(filled, new_sender)
    given(filled, keep_bytes=size(filled) - 1)
    assert not ran(filled).failed
    with filled.lake.connection() as conn:
        conn.execute("UPDATE retiring_days SET covered_at = covered_at - interval '2 hours'")
    task = task_named("space_retention")
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + (DAYS - 1) * DAY, BUILT_IN)
    steps = list(task.plan(site, task.settings()))
    given(filled)
    for step in steps:
        step.do()
    with filled.lake.connection() as conn:
        assert len([day for day in raw_days(conn) if day.blocks]) == DAYS
