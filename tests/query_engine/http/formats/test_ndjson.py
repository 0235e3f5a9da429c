"""Results as JSON objects, one a line."""

import json

import httpx
import pytest

from tests.query_engine.http.asking import ask


def test_every_line_is_a_row(client):
    """
    And nothing else is: the end of the body is the end of the result.
    """
    answer = ask(client, "SELECT n, name FROM numbers WHERE n < 2", format="ndjson")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.text == '{"n":0,"name":"n0"}\n{"n":1,"name":"n1"}\n'
    assert ask(client, "SELECT t FROM empty", format="ndjson").text == ""


def test_a_late_error_is_the_last_line_of_a_body_that_is_cut_off(client, late):
    """
    The line says what went wrong; the cut tells it from a row of the same looks.
    """
    body = {"sql": f"SELECT n FROM {late}", "format": "ndjson"}
    lines = []
    with client.stream("POST", "/api/query", json=body) as answer:
        with pytest.raises(httpx.RemoteProtocolError):
            lines.extend(answer.iter_lines())
        query_id = answer.headers["x-query-id"]
    assert json.loads(lines[0]) == {"n": 0}
    assert json.loads(lines[-1])["error"]["query_id"] == query_id
