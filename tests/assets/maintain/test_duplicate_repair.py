"""Duplicate repair: rows that are there twice go, and nothing else does."""

from datetime import UTC, datetime

from assets.maintain.catalog import task_named
from assets.maintain.duplicate_repair import NotRebuildable
from assets.maintain.task import Outcome, Site, run
from assets.materialize import materialize
from assets.storage.metadata.build_reports import build_reports
from assets.storage.tables import TableCache, append
from assets.views.catalog import BUILT_IN
from assets.views.generation import generation_of
from assets.views.log_entries import LOG_ENTRIES
from assets.views.physical import table_spec, to_storage


def repaired(filled, **settings: object) -> Outcome:
    """Run the task now."""
    task = task_named("duplicate_repair")
    site = Site(filled.lake, TableCache(), datetime.now(UTC), BUILT_IN)
    return run(task, site, task.settings(**settings), dry_run=False)


def doubled(filled, new_sender) -> None:
    """Send two blocks, and put the rows of both into the table twice."""
    filled.write(new_sender(), [{"time": 1, "msg": "a"}], [{"time": 2, "msg": "b"}])
    rows = filled.read(LOG_ENTRIES)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    spec, generation = table_spec(LOG_ENTRIES), generation_of(LOG_ENTRIES)
    snapshot = filled.tables.snapshot(filled.lake, spec)
    ((slice_, position),) = snapshot.covered(generation).items()
    again = to_storage(rows, LOG_ENTRIES, slice_)
    append(filled.lake, spec, snapshot, again, {slice_.app_id(generation): position + 1})


def test_a_slice_with_rows_that_are_there_twice_is_rebuilt(filled, new_sender) -> None:
    """
    Afterwards each is there once, and there is nothing left to do.
    """
    doubled(filled, new_sender)
    assert filled.read(LOG_ENTRIES).height == 4
    outcome = repaired(filled)
    assert outcome.planned[0].action == "rebuild it: 2 blocks have more rows than events"
    assert outcome.numbers == {"slices": 1, "rows": 2}
    assert sorted(filled.read(LOG_ENTRIES)["msg"]) == ["a", "b"]
    assert repaired(filled).planned == []


def test_the_ui_is_told_of_what_was_rebuilt(filled, new_sender) -> None:
    """
    The asset shows the hour as built anew, and by whom.
    """
    doubled(filled, new_sender)
    repaired(filled)
    with filled.lake.connection() as conn:
        (report,) = build_reports(conn, 10)
    assert (report.view, report.rows) == ("log_entries", 2)
    assert list(report.slices) == list(filled.covered(LOG_ENTRIES))
    assert report.builder == "the task duplicate_repair"


def test_a_healthy_table_and_views_without_blocks_are_no_steps(filled, new_sender) -> None:
    """
    Rollups say nothing of blocks; they are not looked at.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "a"}])
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert repaired(filled).planned == []
    assert repaired(filled, views=["log_stats"]).planned == []


def test_a_slice_that_lost_raw_blocks_is_named_and_left(filled, new_sender) -> None:
    """
    A rebuild would cost it the rows of the blocks that are gone.
    """
    doubled(filled, new_sender)
    with filled.lake.connection() as conn:
        conn.execute(
            "INSERT INTO sampled_hours SELECT date_trunc('hour', insert_time, 'UTC'), 'log'"
            " FROM blocks LIMIT 1"
        )
    outcome = repaired(filled)
    assert isinstance(outcome.failed[0][1], NotRebuildable)
    assert filled.read(LOG_ENTRIES).height == 4
