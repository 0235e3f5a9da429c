"""A query ends in exactly one of the ways that the service promises."""

import threading
import time

import psutil
import pyarrow as pa
import pytest

from assets.errors import CallerError, LakeError, LimitExceeded
from query_engine.errors import Cancelled, QueryFailed, ShuttingDown, TimeLimit, TooManyQueries
from query_engine.limits import SQL_BYTES_MAX
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.sql.errors import RunProblem, UnknownTable
from query_engine.tables.ranges import TimeRange
from query_engine.times import TIME_NS_MAX, TIME_NS_MIN


def eventually(condition, seconds=5.0):
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def test_a_query_streams_batches_of_the_announced_schema(service):
    """
    The schema is known before the first batch and every batch has it.
    """
    stream = service.query("SELECT n, name FROM numbers")
    batches = list(stream.batches)
    assert stream.schema.names == ["n", "name"]
    assert all(batch.schema == stream.schema for batch in batches)
    assert [row["n"] for batch in batches for row in batch.to_pylist()] == list(range(10))


def test_an_empty_result_has_its_schema(service):
    """
    No rows is no reason for no columns.
    """
    stream = service.query("SELECT t, s FROM empty")
    assert list(stream.batches) == []
    assert str(stream.schema.field("t").type) == "timestamp[ns, tz=UTC]"


def test_the_limit_of_the_call_bounds_the_rows(service):
    """
    A door's row limit stands above the statement's.
    """
    stream = service.query("SELECT n FROM many", limit=7)
    assert sum(batch.num_rows for batch in stream.batches) == 7


def test_a_range_may_be_open_but_not_backwards(service, memory_tables):
    """
    An end that is not given bounds nothing; a range backwards is the caller's mistake.
    """
    list(service.query("SELECT n FROM numbers").batches)
    list(service.query("SELECT n FROM numbers", begin_ns=5).batches)
    list(service.query("SELECT n FROM numbers", end_ns=5).batches)
    list(service.query("SELECT n FROM numbers", begin_ns=5, end_ns=5).batches)
    assert memory_tables.ranges == [
        None,
        TimeRange(5, TIME_NS_MAX),
        TimeRange(TIME_NS_MIN, 5),
        TimeRange(5, 5),
    ]
    with pytest.raises(CallerError, match="begin is after its end"):
        service.query("SELECT n FROM numbers", begin_ns=6, end_ns=5)


def test_empty_and_huge_texts_are_refused(service):
    """
    The text has a named limit; nothing at all is not a query.
    """
    with pytest.raises(CallerError, match="empty"):
        service.query("  \n ")
    with pytest.raises(LimitExceeded, match=str(SQL_BYTES_MAX)):
        service.query("SELECT 1 -- " + "x" * SQL_BYTES_MAX)


def test_every_error_names_its_query(service):
    """
    What a client is told can be found in the log.
    """
    with pytest.raises(UnknownTable) as caught:
        service.query("SELECT n FROM nowhere")
    assert len(caught.value.query_id) == 36


def test_a_value_that_fails_is_the_callers_error(service):
    """
    A cast that fails while the query runs is told in one line, without the engine's plan.
    """
    stream = service.query("SELECT s FROM bad")
    with pytest.raises(RunProblem, match="cannot convert 1 value to bigint") as caught:
        list(stream.batches)
    assert "strict_cast" not in str(caught.value)
    assert caught.value.query_id == stream.query_id


def test_an_unexpected_error_tells_the_client_nothing_but_the_id(service, memory_tables, slow_rows):
    """
    Text of errors that were never meant for clients stays in the log.
    """

    def fail():
        raise RuntimeError("secret /etc/path")

    memory_tables.frames["broken"] = slow_rows(1, 1, fail)
    stream = service.query("SELECT n FROM broken")
    with pytest.raises(QueryFailed) as caught:
        list(stream.batches)
    assert "secret" not in str(caught.value)


def test_more_queries_than_slots_wait_and_then_are_refused(service, memory_tables, slow_rows, gate):
    """
    Two run, one waits, the next is refused at once; the waiting one runs when a slot is free.
    """
    memory_tables.frames["gated"] = slow_rows(1, 1, gate.wait)
    running = [service.query("SELECT n FROM gated") for _ in range(2)]
    waited = []
    waiter = threading.Thread(
        target=lambda: waited.append(list(service.query("SELECT n FROM numbers").batches))
    )
    waiter.start()
    eventually(lambda: b"limnograph_query_waiting 1.0" in service.metrics.text())
    with pytest.raises(TooManyQueries):
        service.query("SELECT n FROM numbers")
    gate.set()
    for stream in running:
        list(stream.batches)
    waiter.join(10)
    assert sum(batch.num_rows for batch in waited[0]) == 10


def test_a_slot_is_free_only_when_the_process_is_gone(service, memory_tables, slow_rows, gate):
    """
    A client that leaves makes room as soon as nothing works for it any more, and not before.
    """
    memory_tables.frames["gated"] = slow_rows(2, 1, gate.wait)
    stream = service.query("SELECT n FROM gated")
    (query,) = service.running.all()
    assert psutil.pid_exists(query.usage.pid)
    stream.close()
    eventually(lambda: b"limnograph_query_running 0.0" in service.metrics.text())
    assert not psutil.pid_exists(query.usage.pid)


def test_a_slow_query_is_stopped_at_its_time_limit(memory_tables, slow_rows, workers):
    """
    The client hears of the limit although the engine is busy, and the engine stops soon after.
    """
    settings = QuerySettings(query_seconds_max=0.3)
    service = QueryService(memory_tables, settings, QueryMetrics(), workers)
    memory_tables.frames["slow"] = slow_rows(1000, 1, lambda: time.sleep(0.05))
    begun = time.monotonic()
    with pytest.raises(TimeLimit, match=r"0\.3 s"):
        list(service.query("SELECT n FROM slow").batches)
    assert time.monotonic() - begun < 3
    eventually(lambda: b"limnograph_query_running 0.0" in service.metrics.text())
    service.close(0)


def test_a_client_that_stops_reading_runs_into_the_time_limit(memory_tables, workers):
    """
    Back-pressure holds the engine, and the limit frees its slot.
    """
    settings = QuerySettings(query_seconds_max=2)
    service = QueryService(memory_tables, settings, QueryMetrics(), workers)
    stream = service.query("SELECT n, m FROM many")
    next(stream.batches)
    eventually(lambda: b"limnograph_query_running 0.0" in service.metrics.text())
    with pytest.raises(TimeLimit):
        list(stream.batches)
    service.close(0)


def test_a_cancelled_client_ends_its_query(service, memory_tables, slow_rows):
    """
    The question whether the client is gone is asked while the engine works.
    """
    memory_tables.frames["slow"] = slow_rows(1000, 1, lambda: time.sleep(0.05))
    gone = threading.Event()
    stream = service.query("SELECT n FROM slow", is_cancelled=gone.is_set)
    threading.Timer(0.1, gone.set).start()
    with pytest.raises(Cancelled):
        list(stream.batches)
    eventually(lambda: b"limnograph_query_running 0.0" in service.metrics.text())


def test_a_query_that_nobody_reads_from_is_stopped(service, memory_tables):
    """
    A client that leaves at once does not hold a slot until the time limit.
    """
    service.query("SELECT n, m FROM many")
    eventually(lambda: b"limnograph_query_running 0.0" in service.metrics.text())
    assert b'status="cancelled"} 1.0' in service.metrics.text()


def test_closing_lets_queries_end_and_cancels_the_rest(memory_tables, settings, slow_rows, workers):
    """
    After the grace nothing runs any more, and new queries are told to come back later.
    """
    service = QueryService(memory_tables, settings, QueryMetrics(), workers)
    memory_tables.frames["quick"] = slow_rows(10, 1, lambda: time.sleep(0.02))
    memory_tables.frames["slow"] = slow_rows(10_000, 1, lambda: time.sleep(0.01))
    quick, slow = (service.query(f"SELECT n FROM {name}") for name in ("quick", "slow"))
    read = []
    reader = threading.Thread(target=lambda: read.extend(quick.batches))
    reader.start()
    assert service.close(1.0)
    reader.join(5)
    assert sum(batch.num_rows for batch in read) == 10
    with pytest.raises(LakeError):
        list(slow.batches)
    with pytest.raises(ShuttingDown):
        service.query("SELECT n FROM numbers")


def test_ends_are_counted_by_status(service):
    """
    Each query is in the metrics once, under how it ended.
    """
    list(service.query("SELECT n FROM numbers").batches)
    service.query("SELECT n FROM numbers").close()
    with pytest.raises(UnknownTable):
        service.query("SELECT n FROM nowhere")
    text = service.metrics.text().decode()
    for status in ("ok", "cancelled", "unknown_table"):
        assert f'limnograph_query_queries_total{{door="python",status="{status}"}} 1.0' in text
    assert "limnograph_query_rows_total 10.0" in text


def test_a_schema_is_told_without_running(service, memory_tables):
    """
    Planning opens no tables.
    """
    assert service.schema("SELECT name, n FROM numbers").names == ["name", "n"]
    assert memory_tables.ranges == []
    with pytest.raises(UnknownTable):
        service.schema("SELECT n FROM nowhere")


def test_a_schema_is_told_before_parameters_have_values(service):
    """
    What a client asks for when it prepares a statement; running it needs the values.
    """
    sql = "SELECT n, ?::double AS x FROM numbers WHERE n > ?"
    assert service.schema(sql).field("x").type == pa.float64()
    stream = service.query(sql, parameters=[1.5, 1], limit=1)
    assert pa.Table.from_batches(stream.batches, stream.schema).to_pylist() == [{"n": 2, "x": 1.5}]


def test_a_caller_may_choose_the_id_and_ask_for_the_status(service, memory_tables, slow_rows, gate):
    """
    The id stands for the query until it ends; the same one again is refused meanwhile.
    """
    memory_tables.frames["slow"] = slow_rows(2, 1, gate.wait)
    chosen = "0f8fad5b-d9cb-469f-a165-70867728950e"
    stream = service.query("SELECT n FROM slow", query_id=chosen)
    assert stream.query_id == chosen
    assert service.status(chosen)["sql"] == "SELECT n FROM slow"
    with pytest.raises(CallerError, match="under way already"):
        service.query("SELECT 1", query_id=chosen)
    assert service.status(chosen) is not None
    gate.set()
    assert sum(batch.num_rows for batch in stream.batches) == 2
    deadline = time.monotonic() + 30
    while service.status(chosen) is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert service.status(chosen) is None
