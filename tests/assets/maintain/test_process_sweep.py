"""Process sweep: what nothing is left of goes, and nothing that anybody could still ask for."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from assets.errors import StorageUnavailable
from assets.maintain.catalog import task_named
from assets.maintain.task import Outcome, Site, run
from assets.materialize import materialize
from assets.storage.metadata.idle import forget_processes
from assets.storage.tables import TableCache, retire_slices
from assets.views.catalog import BUILT_IN
from assets.views.log_entries import LOG_ENTRIES
from assets.views.physical import table_spec
from assets.views.thread_spans import THREAD_SPANS

MONTHS = timedelta(days=60)


def swept(filled, *, after: timedelta = MONTHS) -> Outcome:
    """Run the task as if so much time had passed."""
    task = task_named("process_sweep")
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + after, BUILT_IN)
    outcome = run(task, site, task.settings(), dry_run=False)
    assert not outcome.failed
    return outcome


def known(filled, table: str = "processes") -> set[str]:
    """Return the processes that are known, or that streams are known of."""
    with filled.lake.connection() as conn:
        rows = conn.execute(f"SELECT process_id::text FROM {table}")
        return {row[0] for row in rows}


def without_blocks(filled) -> None:
    """Forget all raw blocks."""
    with filled.lake.connection() as conn:
        conn.execute("DELETE FROM blocks")


def test_a_process_of_which_nothing_is_left_goes_after_a_while(filled, new_sender) -> None:
    """
    With its streams; the time counts from when it was first seen without blocks.
    """
    gone, alive = new_sender(), new_sender()
    filled.write(gone, [{"time": 1, "msg": "a"}])
    without_blocks(filled)
    filled.write(alive, [{"time": 1, "msg": "b"}])
    assert swept(filled).numbers == {"processes marked": 1}
    assert known(filled) == {gone.process_id, alive.process_id}
    assert swept(filled, after=timedelta(days=29)).numbers["processes marked"] == 0
    assert known(filled) == {gone.process_id, alive.process_id}
    assert swept(filled).numbers["processes"] == 1
    assert known(filled) == known(filled, "streams") == {alive.process_id}


def test_a_process_that_sends_again_is_not_idle_any_more(filled, new_sender) -> None:
    """
    However long it was silent before that.
    """
    sender = new_sender()
    filled.write(sender, [{"time": 1, "msg": "a"}])
    without_blocks(filled)
    swept(filled)
    filled.write(sender, [{"time": 2, "msg": "b"}])
    assert "processes" in swept(filled).numbers  # it was marked when the plan was made
    assert known(filled) == {sender.process_id}
    without_blocks(filled)
    swept(filled, after=timedelta(days=2))
    assert known(filled) == {sender.process_id}


def test_a_young_process_may_not_have_sent_yet(filled, new_sender) -> None:
    """
    Registering comes first.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "a"}])
    without_blocks(filled)
    assert swept(filled, after=timedelta(hours=1)).numbers == {"processes marked": 0}


def test_a_process_stays_as_long_as_a_table_may_have_rows_of_it(filled, new_sender) -> None:
    """
    Queries join them.
    """
    sender = new_sender()
    filled.write(sender, [{"time": 1, "msg": "a"}])
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    without_blocks(filled)
    for _ in range(2):
        swept(filled)
    assert known(filled) == {sender.process_id}
    retire_slices(filled.lake, table_spec(LOG_ENTRIES), list(filled.covered(LOG_ENTRIES)))
    swept(filled)
    assert known(filled) == set()


def test_a_process_with_a_table_of_its_own_stays(filled, new_sender) -> None:
    """
    Somebody asked for its spans, and they are still there.
    """
    sender = new_sender("cpu")
    filled.write(sender, [{"begin": 5, "duration": 7, "name": "work"}])
    materialize(filled.lake, THREAD_SPANS, filled.tables, process_id=sender.process_id)
    without_blocks(filled)
    for _ in range(2):
        swept(filled)
    assert known(filled) == {sender.process_id}


def test_processes_that_are_being_looked_at_are_left_to_the_next_turn(
    filled, new_sender, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Others wait behind the lock, so it is not waited for long.
    """
    monkeypatch.setattr("assets.storage.metadata.idle.FORGET_PROCESSES_WAIT_S", 1.0)
    sender = new_sender()
    filled.write(sender, [{"time": 1, "msg": "a"}])
    without_blocks(filled)
    with psycopg.connect(database_url) as reader, filled.lake.connection() as conn:
        reader.execute("SELECT count(*) FROM processes")
        with pytest.raises(StorageUnavailable, match="looked at the processes for 1 s"):
            forget_processes(conn, [sender.process_id])
        reader.rollback()
        assert forget_processes(conn, [sender.process_id]) == 1


def test_more_processes_are_more_steps(filled, new_sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Nobody waits long for one of them.
    """
    monkeypatch.setattr("assets.maintain.process_sweep.PROCESSES_PER_STEP", 1)
    for _ in range(2):
        filled.write(new_sender(), [{"time": 1, "msg": "a"}])
    without_blocks(filled)
    swept(filled)
    assert len(swept(filled).planned) == 3
    assert known(filled) == set()
