"""Questions over HTTP and how they are answered, whatever the form."""

import socket
import time

import httpx
import pytest

from query_engine.http.formats.catalog import FORMATS
from query_engine.limits import PARAMETERS_MAX
from query_engine.tables.ranges import TimeRange
from query_engine.times import TIME_NS_MAX
from tests.query_engine.http.asking import ask


@pytest.mark.parametrize(
    ("sql", "params"),
    [("SELECT ? + ?", [1, 2]), ("SELECT $2 + $1", [1, 2]), ("SELECT :a + $b", {"a": 1, "b": 2})],
)
def test_parameters_are_a_part_of_the_body(client, sql, params):
    """
    A list gives values in order, an object by name.
    """
    assert list(ask(client, sql, params=params).json()["rows"][0].values()) == [3]


def test_parameters_have_a_bound(client):
    """
    As many as that are taken, one more is not.
    """
    places = ", ".join(["?"] * PARAMETERS_MAX)
    sql = f"SELECT count(*) AS n FROM numbers WHERE n IN ({places})"
    assert ask(client, sql, params=[3] * PARAMETERS_MAX).json()["rows"] == [{"n": 1}]
    error = ask(client, sql, params=[3] * (PARAMETERS_MAX + 1))
    assert (error.status_code, error.json()["error"]["code"]) == (413, "limit_exceeded")


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


def test_whether_to_wait_for_builds_is_a_part_of_the_body_or_a_header(client, memory_tables):
    """
    The body comes first, then the header, then the setting of the service.
    """
    ask(client, "SELECT 1", on_demand="tail")
    body = {"sql": "SELECT 1"}
    client.post("/api/query", json=body, headers={"on_demand": "tail"})
    client.post("/api/query", json=body | {"on_demand": "wait"}, headers={"on_demand": "tail"})
    ask(client, "SELECT 1")
    assert memory_tables.on_demand == ["tail", "tail", "wait", "wait"]
    assert ask(client, "SELECT 1", on_demand="now").status_code == 400


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"sql": "SELECT n FROM nowhere"}, 400, "unknown_table"),
        ({"sql": "SELECT s FROM bad"}, 400, "sql_run"),
        ({"sql": ""}, 400, "bad_request"),
        ({"sql": "SELECT n FROM numbers", "begin": "noon"}, 400, "bad_request"),
        ({"sql": "SELECT n FROM numbers", "limit": -1}, 400, "bad_request"),
        ({"sql": "SELECT n FROM numbers", "limit": True}, 400, "bad_request"),
        ({"sql": "SELECT n FROM numbers", "limit": 10**18}, 400, "bad_request"),
        ({"sql": "SELECT n FROM numbers", "limit": "7"}, 400, "bad_request"),
        ({"sql": "SELECT n FROM numbers", "params": 7}, 400, "bad_request"),
        ({"sql": "SELECT ?", "params": [[{}]]}, 400, "sql_parameter"),
        ({"sql": "SELECT ?", "params": [10**400]}, 400, "sql_parameter"),
        ({"sql": 7}, 400, "bad_request"),
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
    ("content", "kind", "status", "said"),
    [
        (b'{"sql": "SELECT 1",}', "application/json", 400, "the body is not JSON: "),
        (b'{"sql": "SELECT 1"}', "application/x-www-form-urlencoded", 415, "application/json"),
        (b'{"sql": "SELECT 1"}', "text/plain", 415, "sent as application/json, not text/plain"),
        (b'"SELECT 1"', "application/json", 400, 'a JSON object such as {"sql": "..."}'),
        (b"", "application/json", 400, "a JSON object"),
        (b"[" * 100_000, "application/json", 400, ""),
        (b'{"sql": "\xff"}', "application/json", 400, ""),
        (b'{"sql": "SELECT \\ud800"}', "application/json", 400, ""),
        (b'{"sql": "SELECT 1", "limit": ' + b"9" * 5000 + b"}", "application/json", 400, ""),
        (b'{"sql": "SELECT ?", "params": ["\\ud800"]}', "application/json", 400, ""),
        (b'{"sql": "SELECT ?", "params": [1e999]}', "application/json", 200, ""),
    ],
)
def test_a_body_that_is_no_question_is_told_what_one_is(client, content, kind, status, said):
    """
    The usual mistake with curl is a missing Content-Type.
    """
    answer = client.post("/api/query", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert said in answer.json().get("error", {"message": ""})["message"]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_over_http_1_0_only_forms_with_an_end_of_their_own_are_sent(client, form):
    """
    It has no chunks, so that a cut would look like an end to clients and proxies.
    """
    body = b'{"sql": "SELECT 1 AS one", "format": "%s"}' % form.name.encode()
    head = (
        b"POST /api/query HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    with socket.create_connection((client.base_url.host, client.base_url.port)) as connection:
        connection.sendall(head % len(body) + body)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    refused = form.name in {"csv", "ndjson"}
    assert answer.startswith(b"HTTP/1.1 505" if refused else b"HTTP/1.1 200")
    assert (b"proxy_http_version" in answer) == refused


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
