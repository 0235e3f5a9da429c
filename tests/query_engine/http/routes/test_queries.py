"""What is under way can be listed, looked at and stopped over HTTP."""

import threading
import time
import uuid

import pytest


@pytest.fixture
def asked(client, memory_tables, slow_rows, gate):
    """A query that waits for a gate: its id, and what it answers once it is open."""
    memory_tables.frames["slow"] = slow_rows(2, 1, gate.wait)
    query_id = str(uuid.uuid4())
    answers = []

    def ask():
        headers = {"x-query-id": query_id}
        answers.append(client.post("/api/query", json={"sql": SQL}, headers=headers))

    thread = threading.Thread(target=ask)
    thread.start()
    yield query_id, lambda: (gate.set(), thread.join(20), answers[0])[-1]
    gate.set()
    thread.join(20)


SQL = "SELECT n FROM slow"


def wait_for(client, query_id, state="running"):
    """Return what is told of a query once it is in a state."""
    while True:
        answer = client.get(f"/api/queries/{query_id}")
        if answer.status_code == 200 and answer.json()["state"] == state:
            return answer.json()


def test_what_is_under_way_is_listed_and_then_gone(client, asked):
    """
    With JSON's forms of its values: RFC 3339 and seconds.
    """
    query_id, finish = asked
    told = wait_for(client, query_id)
    assert told["sql"] == SQL
    assert told["started"].endswith("Z")
    assert told["seconds"] >= 0
    assert told["status"] is None
    assert [query["query_id"] for query in client.get("/api/queries").json()] == [query_id]
    assert finish().json()["row_count"] == 2
    while client.get("/api/queries").json():
        time.sleep(0.01)


def test_a_query_is_stopped_by_its_id(client, asked):
    """
    Its own client is told what happened; the id may be written in capitals.
    """
    query_id, finish = asked
    wait_for(client, query_id)
    answer = client.delete(f"/api/queries/{query_id.upper()}")
    assert (answer.status_code, answer.json()["cancelled"]) == (200, True)
    error = finish().json()["error"]
    assert (error["code"], error["query_id"]) == ("cancelled", query_id)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_query_that_is_not_there_is_told_so(client, method):
    """
    404 for an id that is nobody's, 400 for what is no id.
    """
    nobody = str(uuid.uuid4())
    answer = client.request(method, f"/api/queries/{nobody}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "no_such_query"
    assert nobody in answer.json()["error"]["message"]
    wrong = client.request(method, "/api/queries/seven")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "bad_request")
