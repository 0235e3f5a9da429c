"""What stands round the routes of the HTTP door: bounds, and one form of errors."""

import contextlib

import httpx

from query_engine.limits import HTTP_HEADER_BYTES_MAX, REQUEST_BYTES_MAX
from tests.query_engine.http.asking import ask


def test_unknown_routes_and_large_bodies_have_that_form_too(client):
    """
    Nothing answers in the framework's own form.
    """
    assert client.get("/nowhere").json()["error"]["code"] == "not_found"
    assert client.put("/api/query").status_code == 405
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
