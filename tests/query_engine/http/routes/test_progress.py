"""A query can be followed over HTTP from before it has its turn until it has ended."""

import json
import threading
import time
import uuid

import httpx
import pytest

from query_engine.http.door import Listeners
from query_engine.http.routes import progress
from query_engine.limits import PROGRESS_LISTENERS_MAX


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """On a busy machine a query may take its time to come in."""
    monkeypatch.setattr(progress, "PROGRESS_APPEAR_SECONDS", 30)


@pytest.fixture
def slow(client, memory_tables, slow_rows, gate):
    """A function that asks for rows that wait for a gate; returns the query's id."""
    memory_tables.frames["slow"] = slow_rows(2, 1, gate.wait)
    threads = []

    def ask(query_id=None):
        query_id = query_id or str(uuid.uuid4())
        thread = threading.Thread(
            target=client.post,
            args=("/api/query",),
            kwargs={"json": {"sql": "SELECT n FROM slow"}, "headers": {"x-query-id": query_id}},
        )
        thread.start()
        threads.append(thread)
        return query_id

    yield ask
    gate.set()
    for thread in threads:
        thread.join(20)


def events(answer):
    """Yield name and data of each event."""
    name = ""
    for line in answer.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def followed(client, query_id):
    """Follow a query."""
    return client.stream("GET", f"/api/queries/{query_id}/progress")


def test_a_query_is_followed_to_its_end(client, slow, gate):
    """
    The listener may be there before the query is.
    """
    query_id = str(uuid.uuid4())
    timer = threading.Timer(0.2, slow, (query_id,))
    timer.start()
    with followed(client, query_id) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = events(answer)
        name, first = next(told)
        assert (name, first["query_id"], first["status"]) == ("progress", query_id, None)
        gate.set()
        *_, (name, last) = told
    timer.join()
    assert (name, last["state"], last["status"]) == ("end", "ended", "ok")
    assert last["output_rows"] == 2
    assert last["seconds"] >= first["seconds"]


def test_who_stops_a_query_sees_it_end(client, slow):
    """
    The last event says how.
    """
    query_id = slow()
    with followed(client, query_id) as answer:
        told = events(answer)
        next(told)
        assert client.delete(f"/api/queries/{query_id}").status_code == 200
        *_, (name, last) = told
    assert (name, last["status"]) == ("end", "cancelled")


def test_a_query_that_waits_for_its_turn_is_followed_too(client, settings, slow):
    """
    That is when people wonder most.
    """
    running = [slow() for _ in range(settings.running_queries_max)]
    for query_id in running:
        while client.get(f"/api/queries/{query_id}").status_code != 200:
            time.sleep(0.01)
    waiting = slow()
    with followed(client, waiting) as answer:
        assert next(events(answer))[1]["state"] == "waiting"


def test_nothing_to_follow_is_an_error(client, monkeypatch):
    """
    After a moment, as a query may be on its way.
    """
    monkeypatch.setattr(progress, "PROGRESS_APPEAR_SECONDS", 0.1)
    answer = client.get(f"/api/queries/{uuid.uuid4()}/progress")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_such_query")


def test_listeners_have_a_bounded_number_of_places(client, slow):
    """
    One more is told to come later, and a listener that leaves makes room.
    """
    query_id = slow()
    url = f"/api/queries/{query_id}/progress"
    with httpx.Client(base_url=client.base_url, timeout=20) as many:
        opened = [
            many.send(many.build_request("GET", url), stream=True)
            for _ in range(PROGRESS_LISTENERS_MAX)
        ]
        refused = client.get(url)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["error"]["code"] == "too_many_listeners"
        for answer in opened:
            answer.close()
    while True:
        with followed(client, query_id) as answer:
            if answer.status_code == 200:
                break


def test_a_place_is_free_again_whatever_happened():
    """
    Also after an error.
    """
    listeners = Listeners(1)
    for _ in range(2):
        with pytest.raises(ValueError, match="x"), listeners.place():
            raise ValueError("x")
    assert listeners.taken == 0
