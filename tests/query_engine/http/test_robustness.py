"""Clients that leave, that make mistakes and go on, and that come all at once."""

import http.client
import json
import socket
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from query_engine.http.app import create_app
from query_engine.http.server import http_server
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService


def until(condition):
    """Wait until something is so."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def idle(service):
    """Whether nothing waits, is planned or runs."""
    text = service.metrics.text()
    return (
        b"query_running 0.0" in text and b"query_waiting 0.0" in text and not service.running.all()
    )


def sent(client, sql, **body):
    """Send a question on a connection of its own and return the connection and the query's id."""
    query_id = str(uuid.uuid4())
    text = json.dumps({"sql": sql, **body}).encode()
    connection = socket.create_connection((client.base_url.host, client.base_url.port))
    head = (
        f"POST /api/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"x-query-id: {query_id}\r\nContent-Length: {len(text)}\r\n\r\n"
    )
    connection.sendall(head.encode() + text)
    return connection, query_id


def state(service, query_id):
    """Return the state of a query, "" if there is none."""
    query = service.running.get(query_id)
    return query.state if query else ""


def test_a_client_that_leaves_while_it_waits_gives_its_place_away(
    client, service, memory_tables, slow_rows, gate
):
    """
    The waiting room is bounded, and who has left is in nobody's way.
    """
    memory_tables.frames["slow"] = slow_rows(2, 1, gate.wait)
    running = [sent(client, "SELECT n FROM slow") for _ in range(2)]
    for _, query_id in running:
        until(lambda query_id=query_id: state(service, query_id) == "running")
    for _ in range(3):
        connection, query_id = sent(client, "SELECT n FROM slow")
        until(lambda query_id=query_id: state(service, query_id) == "waiting")
        connection.close()
        until(lambda query_id=query_id: not state(service, query_id))
    for connection, _ in running:
        connection.close()
    until(lambda: idle(service))


def test_a_client_that_leaves_while_its_query_is_planned_leaves_nothing(
    client, service, memory_tables
):
    """
    Planning goes on to its next step and ends there.
    """
    goes_on = threading.Event()
    memory_tables.on_open = goes_on.wait
    connection, query_id = sent(client, "SELECT n FROM numbers")
    until(lambda: state(service, query_id) == "planning")
    connection.close()
    goes_on.set()
    until(lambda: idle(service))


@pytest.mark.parametrize("form", ["json", "arrow", "ndjson", "csv", "parquet"])
def test_a_client_that_leaves_amid_the_rows_stops_the_query(
    client, service, memory_tables, slow_rows, form
):
    """
    Whatever the form, and whether or not the next rows are there already.
    """
    memory_tables.frames["endless"] = slow_rows(10**9, 1000, lambda: time.sleep(0.001))
    connection, query_id = sent(client, "SELECT n FROM endless", format=form)
    assert connection.recv(100).startswith(b"HTTP/1.1 200")
    assert state(service, query_id) == "running"
    connection.close()
    until(lambda: idle(service))


def test_a_client_that_leaves_amid_its_question_asks_nothing(client, service):
    """
    Half a body is no question.
    """
    with socket.create_connection((client.base_url.host, client.base_url.port)) as connection:
        connection.sendall(b"POST /api/query HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
    assert client.get("/health").status_code == 200
    assert idle(service)


def test_a_connection_goes_on_after_errors(client, late):
    """
    Errors of every kind, late ones of forms that end by themselves included.
    """
    kept = http.client.HTTPConnection(client.base_url.host, client.base_url.port, timeout=30)
    kept.connect()
    first = kept.sock

    def ask(method, path, body=None, kind="application/json"):
        kept.request(method, path, body, {"Content-Type": kind})
        answer = kept.getresponse()
        answer.read()
        return answer.status

    good = json.dumps({"sql": "SELECT n FROM numbers"})
    bodies = [
        good,
        "{",
        json.dumps({"sql": "SELECT"}),
        json.dumps({"sql": "SELECT s FROM bad"}),
        json.dumps({"sql": f"SELECT n FROM {late}", "format": "json"}),
        good,
    ]
    told = [ask("POST", "/api/query", body) for body in bodies]
    told += [ask("POST", "/api/query", good, "text/plain"), ask("PUT", "/api/query", good)]
    told += [ask("GET", "/nowhere"), ask("HEAD", "/health"), ask("OPTIONS", "/api/query")]
    told.append(ask("POST", "/api/query", json.dumps({"sql": "SELECT 1", "format": "arrow"})))
    assert told == [200, 400, 400, 400, 200, 200, 415, 405, 404, 200, 405, 200]
    assert kept.sock is first
    kept.close()


@pytest.mark.slow
def test_two_hundred_small_queries_at_once_are_all_answered(memory_tables, settings, workers):
    """
    Each gets its own rows, if a busy machine makes it ask again.
    """
    own = settings.model_copy(update={"running_queries_max": 4, "waiting_queries_max": 200})
    service = QueryService(memory_tables, own, QueryMetrics(), workers)
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    server = http_server(create_app(service, own, (), lambda: None), own)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()

    def ask(number):
        kept = http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=120)
        sql = json.dumps({"sql": f"SELECT {number} AS n"})
        kept.request("POST", "/api/query", sql, {"Content-Type": "application/json"})
        answer = kept.getresponse()
        told = json.loads(answer.read())
        kept.close()
        return ask(number) if answer.status == 503 else told["rows"][0]["n"]

    try:
        with ThreadPoolExecutor(200) as threads:
            assert list(threads.map(ask, range(200))) == list(range(200))
        until(lambda: idle(service))
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        service.close(0)
