"""What the object store has lost is given up by an operator's word, and nothing else is."""

from datetime import UTC, date, datetime

import pytest

from assets.errors import CallerError
from assets.maintain.catalog import task_named
from assets.maintain.task import Outcome, Site, run
from assets.materialize import materialize, rebuild, rebuildable
from assets.materialize.fetch import PayloadMissing
from assets.storage.metadata.raw_days import raw_days
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN
from assets.views.log_entries import LOG_ENTRIES
from assets.views.thread_spans import THREAD_SPANS


def accepted(filled, day: date | str, *, dry_run: bool = False) -> Outcome:
    """Run the task."""
    task = task_named("accept_loss")
    site = Site(filled.lake, TableCache(), datetime.now(UTC), BUILT_IN)
    return run(task, site, task.settings(day=str(day)), dry_run=dry_run)


def lose_all_segments(filled) -> list[str]:
    """Delete the objects of all segments that there are; return their keys."""
    keys = [found.key for found in filled.lake.objects.list("segments/")]
    filled.lake.objects.delete(keys)
    return keys


def day_of_blocks(filled) -> date:
    """Return the one day that has blocks."""
    with filled.lake.connection() as conn:
        (day,) = [found.day for found in raw_days(conn) if found.blocks]
    return day


def test_what_is_lost_goes_and_tables_are_complete_without_it(filled, new_sender) -> None:
    """
    The dry run names the segment; blocks that can be read stay, and are read.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "lost"}])
    (lost,) = lose_all_segments(filled)
    filled.write(new_sender(), [{"time": 2, "msg": "kept"}])
    filled.write(new_sender(), [{"time": 3, "msg": "junk"}], payloads=[b"junk"])
    with pytest.raises(PayloadMissing):
        materialize(filled.lake, LOG_ENTRIES, filled.tables)
    day = day_of_blocks(filled)
    plan = accepted(filled, day, dry_run=True)
    assert lost in plan.planned[0].action
    assert plan.planned_numbers["blocks"] == 1
    outcome = accepted(filled, day)
    assert not outcome.failed
    assert outcome.numbers["blocks"] == 1
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert filled.read(LOG_ENTRIES)["msg"].to_list() == ["kept"]
    assert accepted(filled, day).planned == []
    with filled.lake.connection() as conn:
        assert sum(one.blocks for one in raw_days(conn)) == 2


def test_a_segment_that_comes_back_after_the_plan_keeps_its_blocks(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    It is looked for once more right before.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "back"}])
    (key,) = [found.key for found in filled.lake.objects.list("segments/")]
    data = filled.lake.objects.get(key)
    filled.lake.objects.delete([key])
    task = task_named("accept_loss")
    site = Site(filled.lake, TableCache(), datetime.now(UTC), BUILT_IN)
    (step,) = task.plan(site, task.settings(day=str(day_of_blocks(filled))))
    filled.lake.objects.put_new(key, data)
    assert step.do().numbers["blocks"] == 0
    assert filled.read(LOG_ENTRIES)["msg"].to_list() == ["back"]


@pytest.mark.parametrize(("view", "tag"), [(LOG_ENTRIES, "log"), (THREAD_SPANS, "cpu")])
def test_rows_of_a_block_that_was_lost_later_are_the_last_copy(
    filled, new_sender, view, tag: str
) -> None:
    """
    No rebuild takes them away, also where some blocks of the process are left.
    """
    sender = new_sender(tag)
    rows = {
        "log": [{"time": 1, "msg": "a"}],
        "cpu": [{"begin": 1, "end": 2, "name": "a", "depth": 0}],
    }
    filled.write(sender, rows[tag])
    (key,) = [found.key for found in filled.lake.objects.list("segments/")]
    filled.write(sender, rows[tag])
    of = {"process_id": sender.process_id} if view.scope == "process" else {}
    materialize(filled.lake, view, filled.tables, **of)
    filled.lake.objects.delete([key])
    assert accepted(filled, day_of_blocks(filled)).numbers["blocks"] == 1
    slices = filled.slices(view)
    with filled.lake.connection() as conn:
        assert rebuildable(conn, view, slices) == frozenset()
    rebuild(filled.lake, view, filled.tables, slices)
    assert filled.read(view, **of).height == 2


def test_without_a_day_it_shows_what_is_lost(filled, new_sender) -> None:
    """
    Nothing is given up by a launch with the defaults.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "lost"}])
    day = day_of_blocks(filled)
    (key,) = lose_all_segments(filled)
    ((step, done),) = accepted(filled, "").done
    assert step.subject == f"raw blocks of {day}"
    assert key in step.action
    assert done.what == f"unchanged; day={day} gives them up"
    assert day_of_blocks(filled) == day
    with pytest.raises(CallerError, match="'tomorrow' is no day"):
        accepted(filled, "tomorrow")
