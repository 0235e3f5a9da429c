"""The query client over both doors: rows in every form, ranges, errors."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

import limnograph
from limnograph import QueryError
from limnograph.client import Client, Unreachable
from limnograph.client.asking import EARLIEST_NS, LATEST_NS
from limnograph.client.flight_sql import statement_ticket
from query_engine.flight.dispatch import opened_ticket
from query_engine.service import QueryService
from query_engine.tables.memory import MemoryTables


def test_rows_come_as_arrow_polars_and_pandas(lake: Client) -> None:
    """
    One result may be taken in several forms.
    """
    result = lake.query("SELECT n, name FROM numbers")
    assert result.schema.names == ["n", "name"]
    table = result.arrow()
    assert isinstance(table, pa.Table)
    assert table.column("n").to_pylist() == list(range(10))
    frame = result.polars()
    assert isinstance(frame, pl.DataFrame)
    assert frame["name"].to_list() == [f"n{i}" for i in range(10)]
    assert list(result.pandas()["n"]) == list(range(10))
    assert sum(batch.num_rows for batch in result) == 10


def test_an_empty_answer_has_its_schema(lake: Client) -> None:
    """
    No rows are an answer like another; times are nanoseconds in UTC.
    """
    result = lake.query("SELECT t, s FROM empty")
    assert result.schema.field("t").type == pa.timestamp("ns", "UTC")
    assert result.polars().shape == (0, 2)


def test_batches_arrive_one_by_one(lake: Client) -> None:
    """
    A large answer is read as it comes, and may be left in the middle.
    """
    with lake.query("SELECT n, m FROM many") as result:
        first = next(iter(result))
    assert 0 < first.num_rows < 2_000_000
    with pytest.raises(QueryError, match="was closed"):
        result.arrow()
    assert lake.query("SELECT n, m FROM many").arrow().num_rows == 2_000_000


def test_nanoseconds_survive(lake: Client) -> None:
    """
    What was recorded to the nanosecond is read to the nanosecond.
    """
    times = lake.query("SELECT t FROM kinds").arrow().column("t").cast(pa.int64())
    assert times.to_pylist() == [1_700_000_000_123_456_789, 1_700_000_001_000_000_000]


def test_limit_is_applied_by_the_service(lake: Client) -> None:
    """
    The limit of the call, besides the statement's own.
    """
    assert lake.query("SELECT n FROM many", limit=7).arrow().num_rows == 7
    assert lake.query("SELECT n FROM many", limit=0).arrow().num_rows == 0


def test_the_range_reaches_the_service(
    lake: Client, service: QueryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Both ends to the nanosecond; an end left open is the earliest or latest time.
    """
    seen = []
    original = service.query

    def query(sql, **given):
        seen.append((given["begin_ns"], given["end_ns"]))
        return original(sql, **given)

    monkeypatch.setattr(service, "query", query)
    sql = "SELECT n FROM numbers"
    lake.query(sql).arrow()
    lake.query(sql, 5, 10_000_000_001).arrow()
    lake.query(sql, begin="2026-01-31T00:00:00.123456789Z").arrow()
    lake.query(sql, end="2026-01-31").arrow()
    begin = 1_769_817_600_123_456_789
    assert seen == [
        (None, None),
        (5, 10_000_000_001),
        (begin, LATEST_NS),
        (EARLIEST_NS, 1_769_817_600_000_000_000),
    ]


def test_a_wrong_query_is_a_query_error_on_one_line(lake: Client) -> None:
    """
    The service's own text arrives: no traceback, no gRPC or Arrow wrapping.
    """
    with pytest.raises(QueryError) as caught:
        lake.query("SELECT x FROM nowhere").arrow()
    error = caught.value
    assert "nowhere" in error.text
    assert "\n" not in error.text
    for noise in ("Flight", "gRPC", "Traceback", "Detail", "Error:"):
        assert noise not in error.text
    assert error.code in {"bad_request", "not_found", "unknown_table"}
    assert str(error).startswith(f"{error.text} ({error.code})")


def test_an_error_on_the_way_is_a_query_error(lake: Client) -> None:
    """
    What fails while rows are made is raised where they are read; nothing is taken for an end.
    """
    with pytest.raises(QueryError):
        lake.query("SELECT s FROM bad").arrow()


def test_whether_to_wait_for_builds_reaches_the_service(
    lake: Client, service: QueryService
) -> None:
    """
    Unset, the service does as it is set.
    """
    lake.query("SELECT 1", on_demand="tail").arrow()
    lake.query("SELECT 1").arrow()
    tables = service._tables
    assert isinstance(tables, MemoryTables)
    assert tables.on_demand == ["tail", "wait"]


@pytest.mark.parametrize("uri", ["grpc://127.0.0.1:9", "http://127.0.0.1:9"])
def test_an_absent_service_is_unavailable(uri: str) -> None:
    """
    The address is named.
    """
    with limnograph.connect(uri) as lake, pytest.raises(QueryError) as caught:
        lake.query("SELECT 1")
    assert caught.value.code == "unavailable"
    assert uri in caught.value.text


@pytest.mark.parametrize("uri", ["localhost:9482", "ftp://x", "grpc://"])
def test_a_wrong_address_is_refused_at_once(uri: str) -> None:
    """
    The message says what an address looks like.
    """
    with pytest.raises(QueryError, match="neither grpc://host:port nor http"):
        limnograph.connect(uri)


def test_the_environment_names_the_service(http_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    LIMNO_QUERY_URI is the default address.
    """
    monkeypatch.setenv("LIMNO_QUERY_URI", http_uri)
    assert limnograph.connect().query("SELECT n FROM numbers").arrow().num_rows == 10


@pytest.mark.parametrize("size", [1, 127, 128, 20_000])
def test_tickets_read_back_at_every_length(size: int) -> None:
    """
    The hand-written protobuf agrees with the service's reading of it.
    """
    sql = "SELECT '" + "é" * size + "'"
    _, message = opened_ticket(statement_ticket(sql))
    assert message.text(1) == sql


def answering(status: int, body: bytes, length: int | None = None) -> HTTPServer:
    """Return a server that gives one answer to every POST, of a declared length."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            if length is not None:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


def asked(server: HTTPServer) -> pa.Table:
    """Ask such a server."""
    try:
        return (
            limnograph.connect(f"http://127.0.0.1:{server.server_port}").query("SELECT 1").arrow()
        )
    finally:
        server.shutdown()
        server.server_close()


def stream_of(table: pa.Table) -> bytes:
    """Return an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=1)
    return sink.getvalue().to_pybytes()


def test_a_stream_that_stops_between_batches_is_broken() -> None:
    """
    Half an answer never passes for a whole one, declared length or not.
    """
    whole = stream_of(pa.table({"a": [1, 2, 3]}))
    assert asked(answering(200, whole)).num_rows == 3
    for length in (None, len(whole)):
        with pytest.raises(Unreachable, match="broke off") as caught:
            asked(answering(200, whole[:-8], length))
        assert caught.value.code == "unavailable"


def test_what_is_no_answer_of_ours_is_told_as_it_is() -> None:
    """
    A proxy's page, an empty body, an error with its place.
    """
    with pytest.raises(QueryError, match="HTTP 502 <html> bad gateway") as caught:
        asked(answering(502, b"<html>\n  bad gateway"))
    assert caught.value.code == "internal"
    with pytest.raises(QueryError, match="HTTP 401") as caught:
        asked(answering(401, b""))
    assert caught.value.code == "unauthenticated"
    error = {"code": "sql", "message": "no", "line": 1, "column": 8, "hint": "try x"}
    with pytest.raises(QueryError, match="no") as caught:
        asked(answering(400, json.dumps({"error": error}).encode()))
    assert (caught.value.line, caught.value.column, caught.value.hint) == (1, 8, "try x")
    with pytest.raises(QueryError, match="no Arrow stream"):
        asked(answering(200, b"hello"))


def test_threads_may_share_a_client(lake: Client) -> None:
    """
    Several results may be open at once.
    """
    found = []

    def ask() -> None:
        found.append(lake.query("SELECT n FROM numbers").arrow().num_rows)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    with lake.query("SELECT n FROM numbers") as result:
        iterator = iter(result)
        next(iterator)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [10, 10]


@pytest.mark.parametrize("sql", [None, 5, b"SELECT 1", "SELECT '\ud800'"])
def test_what_is_no_text_is_refused_before_it_is_sent(lake: Client, sql: object) -> None:
    """
    On this side, in one line.
    """
    with pytest.raises(QueryError, match="sql ") as caught:
        lake.query(sql)
    assert caught.value.code == "client"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"limit": "1\r\nx-user-id: ada"}, "limit is .*: expected a number"),
        ({"limit": 1.5}, "limit is 1.5: expected a number"),
        ({"limit": True}, "limit is True: expected a number"),
        ({"on_demand": "now"}, "on_demand is 'now': expected 'wait' or 'tail'"),
        ({"timeout": "1h"}, "timeout is '1h': expected seconds"),
        ({"timeout": float("nan")}, "timeout is nan: expected seconds"),
        ({"timeout": -1}, "timeout is -1: expected seconds"),
    ],
)
def test_a_mistake_in_an_argument_is_told_before_anything_is_sent(
    lake: Client, given: dict[str, Any], said: str
) -> None:
    """
    The same words over both doors.
    """
    with pytest.raises(QueryError, match=said) as caught:
        lake.query("SELECT 1", **given)
    assert caught.value.code == "client"


def test_what_is_searched_for_is_text(lake: Client) -> None:
    """
    The ready-made questions say it as the others do.
    """
    for ask in (
        lambda: lake.logs(search=5),  # type: ignore[arg-type]
        lambda: lake.measures(5),  # type: ignore[arg-type]
        lambda: lake.describe(5),  # type: ignore[arg-type]
    ):
        with pytest.raises(QueryError, match="is a int: expected text"):
            ask()


def test_a_closed_client_asks_no_more_and_its_results_stay(lake: Client) -> None:
    """
    A result may outlive the ``with`` of its client.
    """
    result = lake.query("SELECT n, m FROM many")
    lake.close()
    assert result.arrow().num_rows == 2_000_000
    with pytest.raises(QueryError, match="was closed: connect again"):
        lake.query("SELECT 1")


def test_an_address_holds_no_password() -> None:
    """
    It would stand in errors and logs.
    """
    with pytest.raises(QueryError, match="give auth=") as caught:
        limnograph.connect("grpc://ada:secret@127.0.0.1:9482")
    assert "secret" not in str(caught.value)


def test_a_failure_of_the_library_tells_no_more_than_the_error(lake: Client) -> None:
    """
    In a notebook the last lines are what is read; those of gRPC would hide them.
    """
    with pytest.raises(QueryError) as caught:
        lake.query("SELECT x FROM nowhere")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_whoever_looks_at_the_queries_sees_the_client(lake: Client, service: QueryService) -> None:
    """
    Its kind and how it was started; no person is named.
    """
    result = lake.query("SELECT a.n FROM many AS a, many AS b")
    [query] = service.running.all()
    result.close()
    assert (query.who.client, query.who.user) == ("python", "unknown")
    assert query.who.agent.startswith("limnograph python/3")
    assert query.who.entrypoint in {"script", "limno"}
