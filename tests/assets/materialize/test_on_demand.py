"""Per-process views: materialized when a process is asked for, once, and only when worth it."""

import threading

import pytest

from assets.errors import LakeError
from assets.materialize import (
    WantedSlices,
    bytes_lacking,
    ensure_materialized,
    fill,
    materialize,
    tell_of_build,
)
from assets.plan import Budget
from assets.storage.layout import Slice
from assets.storage.metadata.build_reports import build_reports
from assets.storage.metadata.locks import advisory_lock
from assets.storage.tables import TableCache
from assets.views.physical import table_spec
from assets.views.thread_spans import THREAD_SPANS


def spans(count: int) -> list[dict]:
    """Return completed spans."""
    return [{"begin": n, "duration": 5, "id": n + 1} for n in range(count)]


def test_a_small_tail_is_read_as_it_is(filled, new_sender) -> None:
    """
    Up to ON_DEMAND_TAIL_BYTES nothing is written: tail sampling pays for what is asked for.
    """
    sender = new_sender("cpu")
    filled.write(sender, spans(10))
    assert ensure_materialized(filled.lake, THREAD_SPANS, filled.tables, sender.process_id) is None
    assert filled.read(THREAD_SPANS, process_id=sender.process_id).height == 10
    assert filled.stored(THREAD_SPANS).height == 0


def test_a_large_tail_becomes_rows_of_that_process_only(filled, new_sender) -> None:
    """
    The table is partitioned by process: one process's coverage says nothing of another's.
    """
    sender, other = new_sender("cpu"), new_sender("cpu")
    filled.write(sender, spans(10))
    filled.write(other, spans(4))
    report = ensure_materialized(
        filled.lake, THREAD_SPANS, filled.tables, sender.process_id, tail_bytes_max=0
    )
    assert report is not None
    assert report.rows == filled.stored(THREAD_SPANS).height == 10
    assert {slice_.process_id for slice_ in filled.covered(THREAD_SPANS)} == {sender.process_id}
    for asked, rows in ((sender, 10), (other, 4)):
        assert filled.read(THREAD_SPANS, process_id=asked.process_id).height == rows


def test_two_askers_do_it_once(filled, new_sender) -> None:
    """
    The second one waits for the first, and then finds nothing left to do.
    """
    sender = new_sender("cpu")
    filled.write(sender, spans(10), spans(10))
    reports = []

    def ask() -> None:
        reports.append(
            ensure_materialized(
                filled.lake, THREAD_SPANS, TableCache(), sender.process_id, tail_bytes_max=0
            )
        )

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    done = [report for report in reports if report is not None]
    assert (len(reports), len(done)) == (2, 1)
    assert (done[0].commits, filled.stored(THREAD_SPANS).height) == (1, 20)


def test_files_of_a_process_lie_apart(filled, new_sender) -> None:
    """
    A query of one process opens that process's files only.
    """
    for _ in range(2):
        sender = new_sender("cpu")
        filled.write(sender, spans(3))
        materialize(filled.lake, THREAD_SPANS, filled.tables, process_id=sender.process_id)
    files = filled.tables.snapshot(filled.lake, table_spec(THREAD_SPANS)).files
    assert files["process_id"].n_unique() == files.height == 2


def test_a_view_per_process_is_not_materialized_as_a_whole(filled) -> None:
    """
    Asking for it is a fault of the program, not silently nothing.
    """
    with pytest.raises(AssertionError):
        materialize(filled.lake, THREAD_SPANS, filled.tables)


def test_more_askers_than_connections_do_not_starve_each_other(filled, new_sender) -> None:
    """
    Locks are held outside the pool: whoever works always finds a connection.
    """
    senders = [new_sender("cpu") for _ in range(3)]
    for sender in senders:
        filled.write(sender, spans(3))
    faults = []

    def ask(sender) -> None:
        try:
            ensure_materialized(
                filled.lake, THREAD_SPANS, filled.tables, sender.process_id, tail_bytes_max=0
            )
        except LakeError as exc:
            faults.append(exc)

    askers = [threading.Thread(target=ask, args=(sender,)) for sender in senders * 4]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert not faults
    assert filled.stored(THREAD_SPANS).height == 9


def test_who_has_waited_long_enough_reads_the_tail(filled, new_sender) -> None:
    """
    After ON_DEMAND_WAIT_S a query goes on without the table; its answer is the same.
    """
    sender = new_sender("cpu")
    filled.write(sender, spans(3))
    with (
        filled.lake.own_connection() as conn,
        advisory_lock(conn, "materialize on demand", THREAD_SPANS.name, sender.process_id),
    ):
        report = ensure_materialized(
            filled.lake,
            THREAD_SPANS,
            filled.tables,
            sender.process_id,
            tail_bytes_max=0,
            wait_s=0.2,
        )
    assert report is None
    assert filled.read(THREAD_SPANS, process_id=sender.process_id).height == 3


def test_one_process_is_built_in_commits_within_the_budget(filled, new_sender) -> None:
    """
    However large it is: memory is bounded by what one commit holds, and each commit stands.
    """
    sender = new_sender("cpu")
    for _ in range(4):
        filled.write(sender, spans(10))
    report = materialize(
        filled.lake,
        THREAD_SPANS,
        filled.tables,
        process_id=sender.process_id,
        budget=Budget(rows=20, payload_bytes=1 << 30),
    )
    assert (report.rows, report.blocks, report.commits) == (40, 4, 2)
    assert filled.stored(THREAD_SPANS).height == 40
    files = filled.tables.snapshot(filled.lake, table_spec(THREAD_SPANS)).files
    assert files["num_records"].max() == 20


def test_what_is_filled_is_reported_once_it_is_committed(filled, new_sender) -> None:
    """
    The orchestration learns of hours, rows and bytes; of a build that found nothing to do, nothing.
    """
    sender = new_sender("cpu")
    filled.write(sender, spans(3))
    hour = filled.read(THREAD_SPANS, process_id=sender.process_id)["insert_time"][0]
    wanted = WantedSlices(
        THREAD_SPANS, sender.process_id, frozenset({Slice.containing(hour, sender.process_id)})
    )
    assert bytes_lacking(filled.lake, wanted, filled.tables) > 0
    for _ in range(2):
        done = fill(filled.lake, wanted, filled.tables)
        assert done is not None
        tell_of_build(filled.lake, THREAD_SPANS, done, "me")
    assert bytes_lacking(filled.lake, wanted, filled.tables) == 0
    with filled.lake.connection() as conn:
        (report,) = build_reports(conn, 10)
    assert (report.slices, report.rows, report.builder) == (tuple(wanted.slices), 3, "me")
