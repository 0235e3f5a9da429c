"""The schema `system`: queries under way, and the audit records of those that ended."""

import json
import os
import time

import polars as pl
import pytest

from assets.materialize import materialize
from assets.views.catalog import view_named
from query_engine.progress import Progress
from query_engine.sql.errors import UnknownTable
from query_engine.tables import system

LOGS = view_named("log_entries")


def test_a_query_sees_itself_under_way(asked):
    """
    Who asks what, since when; what is not known yet is NULL or 0.
    """
    row = asked.rows("SELECT * FROM system.queries", door="http").row(0, named=True)
    assert (row["sql"], row["door"]) == ("SELECT * FROM system.queries", "http")
    assert (row["state"], row["user"], row["files_total"]) == ("planning", "unknown", 0)


def test_a_waiting_client_is_seen_and_can_be_stopped_from_another_query(asked, filled, new_sender):
    """
    cancel_query ends it with the error that the one who waits for it reads.
    """
    filled.write(new_sender(), [{"time": i, "msg": "m" * 100} for i in range(2000)])
    stream = asked.service.query(
        "SELECT a.msg FROM log_entries a, log_entries b, log_entries c", door="flight"
    )
    next(stream.batches)
    sql = "SELECT query_id, state FROM system.queries WHERE door = 'flight'"
    assert asked.rows(sql).rows() == [(stream.query_id, "running")]
    cancelled = f"SELECT cancelled FROM cancel_query('{stream.query_id}')"
    assert asked.rows(cancelled)["cancelled"].to_list() == [True]
    with pytest.raises(Exception, match="cancelled"):
        for _ in stream.batches:
            pass
    deadline = time.monotonic() + 30
    while asked.service.status(stream.query_id) and time.monotonic() < deadline:
        time.sleep(0.01)  # it is under way until its process is gone
    assert asked.rows(cancelled)["cancelled"].to_list() == [False]
    assert asked.rows(sql).is_empty()


def test_what_a_query_is_going_to_read_is_known_when_it_is_planned(asked, filled, new_sender):
    """
    Files, slices, rows and tail blocks of every scan, each file once.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "a"}, {"time": 2, "msg": "b"}])
    materialize(filled.lake, LOGS, filled.tables)
    filled.write(new_sender(), [{"time": 3, "msg": "c"}])
    stream = asked.service.query("SELECT a.msg, b.msg FROM log_entries a, log_entries b")
    (query,) = asked.service.running.all()
    progress = query.progress
    assert (progress.files_total, progress.slices_total) == (1, 1)
    assert (progress.files_pruned, progress.bytes_total > 0) == (0, True)
    assert progress.tail_blocks >= 1
    assert pl.concat([pl.from_arrow(batch) for batch in stream.batches]).height == 9


def test_progress_counts_files_that_are_open_no_more(tmp_path):
    """
    Files before the open ones and files that were closed are done; a slice is when all of its are.
    """
    paths = [tmp_path / f"{i}.parquet" for i in range(4)]
    files = pl.DataFrame(
        {
            "path": [str(path) for path in paths],
            "size_bytes": [10] * 4,
            "num_records": [5] * 4,
            "date": ["2026-01-01"] * 4,
            "slice": ["00", "00", "01", "01"],
        }
    )
    progress = Progress()
    progress.add_files("log_entries", files, 3)
    for path in paths:
        path.touch()
    assert (progress.files_done, progress.slices_done, progress.files_pruned) == (0, 0, 3)
    with paths[2].open(), paths[3].open():
        progress.sample(os.getpid())
        assert (progress.files_done, progress.slices_done) == (2, 1)
    with paths[3].open():
        progress.sample(os.getpid())
        assert (progress.files_done, progress.slices_done) == (3, 1)
    progress.sample(os.getpid())
    assert (progress.files_done, progress.slices_done) == (4, 2)
    assert (progress.rows_total, progress.bytes_total) == (20, 40)


def test_progress_in_a_bucket_is_unknown():
    """
    No process has objects open: their number is known, not how many are read.
    """
    progress = Progress()
    row = {"path": "s3://b/f", "size_bytes": 1, "num_records": 1, "date": "d", "slice": "s"}
    progress.add_files("log_entries", pl.DataFrame([row]), 0)
    assert (progress.files_total, progress.files_done, progress.slices_done) == (1, None, None)


def test_the_query_log_shows_audit_records_and_nothing_else(asked, filled, new_sender, monkeypatch):
    """
    Log entries of the audit target are records, also in the table; what is no record is left out.
    """
    monkeypatch.setattr(system, "TARGET", "db")
    good = {"query_id": "q", "sql": "SELECT 1", "total_ms": 5, "limit": "x", "surplus": 1}
    texts = [json.dumps(good), "no record", "[]", '{"query_id": 7}']
    filled.write(new_sender(), [{"time": i, "msg": m, "site": 1} for i, m in enumerate(texts)])
    materialize(filled.lake, LOGS, filled.tables)
    filled.write(new_sender(), [{"time": 9, "msg": json.dumps(good), "site": 0}])
    sql = 'SELECT query_id, sql, total_ms, "limit", status FROM system.query_log ORDER BY time'
    assert asked.rows(sql).rows() == [
        ("q", "SELECT 1", 5.0, None, None),
        (None, None, None, None, None),
    ]


def test_a_table_that_the_schema_does_not_have_is_named_with_those_it_has(asked):
    """
    The error lists them.
    """
    with pytest.raises(UnknownTable, match=r"system\.nothing"):
        asked.rows("SELECT * FROM system.nothing")
