"""What a scan reads, pins and leaves out."""

import io
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from assets.errors import StorageUnavailable
from assets.materialize import materialize, rebuild
from assets.storage.metadata.blocks import slices_with_blocks
from assets.views.catalog import view_named
from assets.views.physical import table_spec
from query_engine.allowance import Allowance
from query_engine.callers import EVERYBODY
from query_engine.cancel import CancelToken
from query_engine.errors import RangeTooWide, ScanTooLarge, TailTooLong
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.sql.catalog import ScanRequest
from query_engine.tables import scan, tail
from query_engine.tables.catalog import LakeTables
from query_engine.workers.scratch import Scratch

LOGS = view_named("log_entries")
T0_NS = 1_760_000_000_123_456_789
"""Time of tick 0; one tick is a nanosecond."""


def logs(*ticks):
    """Return log rows at these ticks."""
    return [{"time": tick, "msg": f"at {tick}"} for tick in ticks]


def messages(frame):
    return sorted(frame["msg"].to_list())


def test_a_scan_outlives_what_happens_to_the_table(asked, filled, new_sender, tmp_path):
    """
    Pinned files stay until vacuum's keep time is over: a rebuild changes nothing for a query.
    """
    filled.write(new_sender(), logs(1, 2))
    materialize(filled.lake, LOGS, filled.tables)
    with asked.service._tables.open(
        None, CancelToken(60), Scratch(tmp_path), reader=EVERYBODY
    ) as opened:
        pinned = opened.table("log_entries").scan(ScanRequest())
    with filled.lake.connection() as conn:
        slices = [found.slice for found in slices_with_blocks(conn, "log")]
    rebuild(filled.lake, LOGS, filled.tables, slices)
    assert messages(pinned.collect()) == ["at 1", "at 2"]


def test_a_file_that_is_gone_is_told_as_a_storage_fault(asked, filled, new_sender):
    """
    A query that runs longer than vacuum keeps files fails as one to repeat, never with fewer rows.
    """
    filled.write(new_sender(), logs(1, 2))
    materialize(filled.lake, LOGS, filled.tables)
    spec = table_spec(LOGS)
    for path in filled.tables.snapshot(filled.lake, spec).files["path"]:
        Path(path).unlink()
    with pytest.raises(StorageUnavailable, match="could not be read"):
        asked.rows("SELECT msg FROM log_entries")


def test_a_tail_beyond_the_limit_is_refused(asked, filled, new_sender, monkeypatch):
    """
    The message says what waits and what to do.
    """
    monkeypatch.setattr(scan, "TAIL_BLOCKS_MAX", 2)
    filled.write(new_sender(), logs(1), logs(2), logs(3_000_000))
    with pytest.raises(TailTooLong, match="3 blocks of log_entries"):
        asked.rows("SELECT msg FROM log_entries")
    found = asked.rows("SELECT msg FROM log_entries", begin_ns=T0_NS, end_ns=T0_NS + 10)
    assert messages(found) == ["at 1", "at 2"]


def test_predicates_of_the_text_prune_like_the_range(asked, filled, new_sender):
    """
    Time, insert time and process in WHERE leave out files and blocks, in subqueries too.
    """
    first, second = new_sender(), new_sender()
    for sender, tick in ((first, 0), (second, 3_600_000_000_000)):
        filled.write(sender, logs(tick))
        materialize(filled.lake, LOGS, filled.tables)
    filled.write(second, logs(7_200_000_000_000))
    early = "time < TIMESTAMP '2025-10-09T09:00:00Z'"
    one = f"SELECT msg FROM (SELECT * FROM log_entries WHERE {early}) AS early"
    two = f"SELECT msg FROM log_entries WHERE process_id = '{first.process_id}'"
    three = "SELECT msg FROM log_entries WHERE insert_time > TIMESTAMP '2100-01-01T00:00:00Z'"
    for number, (sql, rows, scanned, blocks) in enumerate(
        [(one, 1, 1, 0), (two, 1, 1, 0), (three, 0, 0, 0)]
    ):
        before = asked.counted("limnograph_query_files_scanned", "log_entries")
        assert asked.rows(sql).height == rows, number
        assert asked.counted("limnograph_query_files_scanned", "log_entries") - before == scanned
        assert asked.counted("limnograph_query_tail_blocks", "log_entries") == blocks
    assert asked.rows("SELECT msg FROM log_entries WHERE process_id = 'nobody'").height == 0


def test_an_unreachable_database_is_a_fault_to_repeat(asked, filled, new_sender):
    """
    No query hangs and none is answered with half of the rows.
    """
    filled.write(new_sender(), logs(1))
    filled.lake.pool.close()
    with pytest.raises(StorageUnavailable):
        asked.rows("SELECT msg FROM log_entries")


def test_a_scan_is_a_plan_that_can_travel(asked, filled, new_sender, tmp_path, monkeypatch):
    """
    Files and a tail of several groups: nothing that only this process has, nothing opaque.
    """
    sender = new_sender()
    filled.write(sender, logs(1))
    materialize(filled.lake, LOGS, filled.tables)
    for tick in (2, 3, 4):
        filled.write(sender, logs(tick))
    monkeypatch.setattr(tail, "TAIL_VALUES_BYTES_MAX", 0)
    monkeypatch.setattr(tail, "TAIL_GROUP_BYTES_MAX", 1)
    directory = tmp_path / "scratch"
    directory.mkdir()
    scratch = Scratch(directory)
    with asked.service._tables.open(None, CancelToken(60), scratch, reader=EVERYBODY) as opened:
        rows = opened.table("log_entries").scan(ScanRequest(columns=frozenset({"msg"})))
    assert "OPAQUE" not in rows.explain()
    arrived = pl.LazyFrame.deserialize(io.BytesIO(rows.serialize()))
    assert messages(arrived.select("msg").collect()) == ["at 1", "at 2", "at 3", "at 4"]
    assert list(directory.iterdir()) == []
    scratch.close()


def test_a_limit_ends_the_decoding_of_a_long_tail(asked, filled, new_sender, monkeypatch):
    """
    The first rows of a tail do not cost all of it, and a range counts before the limit does.
    """
    sender = new_sender()
    for tick in range(1, 6):
        filled.write(sender, logs(tick))
    monkeypatch.setattr(tail, "TAIL_VALUES_BYTES_MAX", 0)
    monkeypatch.setattr(tail, "TAIL_GROUP_BYTES_MAX", 1)
    found = asked.rows("SELECT msg FROM log_entries LIMIT 2")
    assert found.height == 2
    assert asked.caches.decoded.counters.misses < 5
    later = asked.rows("SELECT msg FROM log_entries LIMIT 2", begin_ns=T0_NS + 4)
    assert messages(later) == ["at 4", "at 5"]
    assert asked.rows("SELECT count(*) AS n FROM log_entries")["n"].to_list() == [5]


def test_explain_tells_what_a_scan_reads(asked, filled, new_sender):
    """
    Files and slices that are needed of those there are, and the blocks that are in none yet.
    """
    sender = new_sender()
    filled.write(sender, logs(1, 2))
    materialize(filled.lake, LOGS, filled.tables)
    filled.write(sender, logs(3))
    plans = dict(asked.rows("EXPLAIN FROM log_entries").rows())
    assert "reads: 1 of 1 files, 1 of 1 slices, 2 rows," in plans["logical_plan"]
    assert "1 tail blocks" in plans["logical_plan"]
    old = "EXPLAIN SELECT msg FROM log_entries WHERE time < '2020-01-01'"
    plans = dict(asked.rows(old).rows())
    assert "reads: 0 of 1 files, 0 of 1 slices, 0 rows," in plans["logical_plan"]
    measured = dict(asked.rows("EXPLAIN ANALYZE SELECT msg FROM log_entries").rows())
    assert measured["rows"] == "3"


def test_what_a_scan_may_read_is_checked_before_it_is_read(asked, filled, new_sender):
    """
    Too wide a range and too large files are refused; one process is never too wide.
    """
    sender = new_sender()
    filled.write(sender, logs(1, 2))
    materialize(filled.lake, LOGS, filled.tables)
    for allowance, error in (
        (Allowance(range_seconds_max=1), RangeTooWide),
        (Allowance(scan_bytes_max=1), ScanTooLarge),
    ):
        limited = LakeTables(replace(asked.caches, allowance=allowance))
        service = QueryService(limited, QuerySettings(), QueryMetrics(), asked.service._workers)
        with pytest.raises(error):
            service.query("SELECT msg FROM log_entries")
        if error is RangeTooWide:
            narrow = {"begin_ns": T0_NS, "end_ns": T0_NS + 10}
            list(service.query("SELECT msg FROM log_entries", **narrow).batches)
            one = f"view_instance('log_entries', '{sender.process_id}')"
            list(service.query(f"SELECT msg FROM {one}").batches)
        service.close(5)
