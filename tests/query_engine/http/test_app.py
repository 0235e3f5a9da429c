"""The HTTP door on a real server, asked with an ordinary HTTP client."""

import contextlib
import json
import math
import time

import httpx
import polars as pl
import pyarrow as pa
import pytest

from query_engine.http.formats import ARROW_TYPE
from query_engine.limits import HTTP_HEADER_BYTES_MAX, REQUEST_BYTES_MAX
from query_engine.tables.ranges import TimeRange
from query_engine.times import TIME_NS_MAX


def ask(client, sql, accept=None, **body):
    """Ask a question."""
    headers = {"Accept": accept} if accept else None
    return client.post("/api/query", json={"sql": sql, **body}, headers=headers)


def test_arrow_is_a_stream_with_an_end(client):
    """
    Any Arrow library reads the body.
    """
    answer = ask(client, "SELECT n, name FROM numbers", accept=ARROW_TYPE)
    table = pa.ipc.open_stream(answer.content).read_all()
    assert answer.headers["content-type"] == ARROW_TYPE
    assert table.column("n").to_pylist() == list(range(10))
    assert answer.content.endswith(b"\xff\xff\xff\xff\x00\x00\x00\x00")
    assert len(answer.headers["x-query-id"]) == 36


def test_json_has_columns_rows_and_a_count(client):
    """
    The count at the end says that the result is complete.
    """
    answer = ask(client, "SELECT n, name FROM numbers").json()
    assert answer["columns"] == [{"name": "n", "type": "int64"}, {"name": "name", "type": "string"}]
    assert answer["rows"][3] == {"n": 3, "name": "n3"}
    assert answer["row_count"] == 10


def test_csv_tells_null_from_empty_text(client, memory_tables):
    """
    One header line, then the rows; NULL is nothing and an empty text is quoted.
    """
    memory_tables.frames["texts"] = pl.LazyFrame({"a,b": ["", None, 'x"y']})
    answer = ask(client, "SELECT * FROM texts", format="csv")
    assert answer.text == '"a,b"\n""\n\n"x""y"\n'
    assert answer.headers["content-type"].startswith("text/csv")


def test_json_values_survive_json_readers(client, memory_tables):
    """
    Nanoseconds, NaN, 64-bit integers, binary, maps and lists have forms that no reader distorts.
    """
    memory_tables.frames["kinds"] = pl.LazyFrame(
        {
            "t": pl.Series([1_760_000_000_123_456_789]).cast(pl.Datetime("ns", "UTC")),
            "nan": [math.nan],
            "inf": [math.inf],
            "safe": [2**53 - 1],
            "big": [2**53],
            "b": [b"\x00\xff"],
            "m": pl.Series([{"k": 'v"'}], dtype=pl.Map(pl.String(), pl.String())),
            "l": [["a", None]],
            "none": pl.Series([None], dtype=pl.String()),
        }
    )
    answer = ask(client, "SELECT * FROM kinds").json()
    assert answer["rows"] == [
        {
            "t": "2025-10-09T08:53:20.123456789Z",
            "nan": None,
            "inf": None,
            "safe": 2**53 - 1,
            "big": str(2**53),
            "b": "AP8=",
            "m": {"k": 'v"'},
            "l": ["a", None],
            "none": None,
        }
    ]


@pytest.mark.parametrize("form", ["arrow", "json", "csv"])
def test_an_empty_result_is_complete_in_every_form(client, form):
    """
    Columns without rows.
    """
    answer = ask(client, "SELECT t, s FROM empty", format=form)
    assert answer.status_code == 200
    if form == "arrow":
        assert pa.ipc.open_stream(answer.content).read_all().num_rows == 0
    elif form == "json":
        assert answer.json()["rows"] == []
    else:
        assert answer.text == "t,s\n"


def test_the_body_wins_over_the_accept_header(client):
    """
    Browsers and proxies set Accept; who writes a format means it.
    """
    assert ask(client, "SELECT n FROM numbers", accept="text/csv").text.startswith("n\n")
    assert ask(client, "SELECT n FROM numbers", accept="text/csv", format="json").json()
    weighed = "text/csv;q=0.2, application/json;q=0.9, */*;q=0.1"
    assert ask(client, "SELECT n FROM numbers", accept=weighed).json()
    refused = ask(client, "SELECT n FROM numbers", accept="image/png")
    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("sql", "params"),
    [("SELECT ? + ?", [1, 2]), ("SELECT $2 + $1", [1, 2]), ("SELECT :a + $b", {"a": 1, "b": 2})],
)
def test_parameters_are_a_part_of_the_body(client, sql, params):
    """
    A list gives values in order, an object by name.
    """
    assert list(ask(client, sql, params=params).json()["rows"][0].values()) == [3]


def test_a_missing_parameter_is_told_with_its_place(client):
    """
    As any other mistake in the text.
    """
    error = ask(client, "SELECT ?, ?", params=[1]).json()["error"]
    assert (error["code"], error["line"], error["column"]) == ("sql_parameter", 1, 11)


def test_range_and_limit_are_parts_of_the_body(client, memory_tables):
    """
    Either end may be left open: `begin` alone never means everything.
    """
    begin, end = "1970-01-01T00:00:00.000000005Z", "1970-01-01T00:00:01+00:00"
    answer = ask(client, "SELECT n FROM numbers", begin=begin, end=end, limit=2)
    assert answer.json()["row_count"] == 2
    ask(client, "SELECT n FROM numbers", begin=begin)
    assert memory_tables.ranges == [TimeRange(5, 1_000_000_000), TimeRange(5, TIME_NS_MAX)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"sql": "SELECT n FROM nowhere"}, 400, "unknown_table"),
        ({"sql": "SELECT s FROM bad"}, 400, "sql_run"),
        ({"sql": ""}, 400, "bad_request"),
        ({"sql": "SELECT n FROM numbers", "begin": "noon"}, 400, "bad_request"),
        ({"sql": "SELECT n FROM numbers", "limit": -1}, 400, "bad_request"),
        ({"sql": "SELECT n FROM numbers", "fromat": "csv"}, 400, "bad_request"),
        ({}, 400, "bad_request"),
    ],
)
def test_errors_have_one_form(client, body, status, code):
    """
    A status that says whose fault it is, and a body with a stable code and a message.
    """
    answer = client.post("/api/query", json=body)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["code"] == code
    assert error["message"]


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b'{"sql": "SELECT 1",}', "application/json", "the body is not JSON: "),
        (b'{"sql": "SELECT 1"}', "application/x-www-form-urlencoded", "sent as application/json"),
        (b'"SELECT 1"', "application/json", 'a JSON object such as {"sql": "..."}'),
        (b"", "application/json", "a JSON object"),
    ],
)
def test_a_body_that_is_no_question_is_told_what_one_is(client, content, kind, said):
    """
    The usual mistake with curl is a missing Content-Type.
    """
    answer = client.post("/api/query", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


def test_unknown_routes_and_large_bodies_have_that_form_too(client):
    """
    Nothing answers in the framework's own form.
    """
    assert client.get("/nowhere").json()["error"]["code"] == "http"
    assert client.get("/api/query").status_code == 405
    large = b'{"sql": "' + b"x" * REQUEST_BYTES_MAX + b'"}'
    for content in (large, iter([large])):
        answer = client.post("/api/query", content=content)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "limit_exceeded")


def test_headers_without_end_are_refused(client):
    """
    The parser keeps a bounded part of a request in memory.
    """
    headers = {"x-long": "x" * HTTP_HEADER_BYTES_MAX * 8}
    with contextlib.suppress(httpx.WriteError, httpx.ReadError):
        assert client.get("/health", headers=headers).status_code == 400
    assert client.get("/health").status_code == 200


def test_a_full_service_says_when_to_come_back(client, service):
    """
    503 with Retry-After.
    """
    service.close(0)
    answer = ask(client, "SELECT n FROM numbers")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error"]["code"] == "shutting_down"


def failing_late(slow_rows):
    """Return a frame that yields rows and then fails."""
    calls = iter(range(100))

    def wait():
        if next(calls) == 3:
            raise RuntimeError("late")

    return slow_rows(10, 100_000, wait)


def test_a_late_error_cuts_an_arrow_body_off(client, memory_tables, slow_rows):
    """
    The connection breaks, so that no client takes the rows for a whole result.
    """
    memory_tables.frames["late"] = failing_late(slow_rows)
    with client.stream(
        "POST", "/api/query", json={"sql": "SELECT n FROM late", "format": "arrow"}
    ) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()


def test_a_late_error_ends_a_json_body_with_the_error(client, memory_tables, slow_rows):
    """
    The body is whole JSON and has an error where the count would be.
    """
    memory_tables.frames["late"] = failing_late(slow_rows)
    answer = ask(client, "SELECT n FROM late").json()
    assert answer["rows"]
    assert "row_count" not in answer
    assert answer["error"]["code"] == "internal"
    assert answer["error"]["query_id"] == answer["query_id"]


def test_a_client_that_leaves_stops_its_query(client, service, memory_tables, slow_rows):
    """
    Before the first row already: nobody waits for an answer that nobody reads.
    """
    memory_tables.frames["slow"] = slow_rows(100_000, 1, lambda: time.sleep(0.005))
    with pytest.raises(httpx.ReadTimeout):
        client.post("/api/query", json={"sql": "SELECT n FROM slow"}, timeout=0.5)
    deadline = time.monotonic() + 5
    while b"limnograph_query_running 0.0" not in service.metrics.text():
        assert time.monotonic() < deadline, "the query still runs"
        time.sleep(0.02)


def test_first_rows_arrive_while_the_query_runs(client, memory_tables, slow_rows, gate):
    """
    A long result is streamed, not collected.
    """
    calls = iter(range(100))

    def wait():
        if next(calls) == 3:
            gate.wait()

    memory_tables.frames["long"] = slow_rows(5, 100_000, wait)
    body = {"sql": "SELECT n FROM long", "format": "csv"}
    with client.stream("POST", "/api/query", json=body) as answer:
        chunks = answer.iter_bytes()
        assert next(chunks)
        gate.set()
        rest = b"".join(chunks)
    assert rest.count(b"\n") > 100_000


def test_the_operators_routes_answer(client, lake_state):
    """
    Alive, ready or not, metrics, and an API description that lists the door's routes.
    """
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").status_code == 200
    lake_state.up = False
    assert client.get("/ready").status_code == 503
    assert "limnograph_query_running" in client.get("/metrics").text
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/api/query", "/api/tables", "/health", "/ready", "/metrics"} <= set(paths)
    assert "row_count" in json.dumps(paths["/api/query"])
