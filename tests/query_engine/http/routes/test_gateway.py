"""Programs that were written for the reference's HTTP gateway are answered as there."""

import httpx
import polars as pl
import pytest

from query_engine.limits import SQL_BYTES_MAX
from query_engine.tables.ranges import TimeRange


def gateway(client, sql, headers=None, **more):
    """Ask as the reference's clients do."""
    return client.post("/gateway/query", json={"sql": sql, **more}, headers=headers)


def test_the_answer_is_an_array_of_rows(client, memory_tables):
    """
    Nothing beside it; numbers are numbers; no rows are an empty array.
    """
    memory_tables.frames["kinds"] = pl.LazyFrame({"big": [2**60], "none": [None], "t": ["x"]})
    assert gateway(client, " SELECT * FROM kinds ").json() == [
        {"big": 2**60, "none": None, "t": "x"}
    ]
    assert gateway(client, "SELECT n FROM numbers").json() == [{"n": n} for n in range(10)]
    assert gateway(client, "SELECT t FROM empty").json() == []


def test_the_range_has_both_ends_or_none(client, memory_tables):
    """
    And keys that nobody knows do not matter.
    """
    begin, end = "1970-01-01T00:00:00Z", "1970-01-01T00:00:01+00:00"
    answer = gateway(client, "SELECT 1", time_range_begin=begin, time_range_end=end, other="x")
    assert answer.status_code == 200
    assert memory_tables.ranges == [TimeRange(0, 1_000_000_000)]
    for one in ({"time_range_begin": begin}, {"time_range_end": end}):
        assert gateway(client, "SELECT 1", **one).status_code == 400
    turned = gateway(client, "SELECT 1", time_range_begin=end, time_range_end=begin)
    assert turned.status_code == 400


@pytest.mark.parametrize(
    ("sql", "status"),
    [
        ("", 400),
        ("  ", 400),
        ("SELECT", 400),
        ("SELECT n FROM nowhere", 400),
        ("SELECT s FROM bad", 400),
        ("x" * (SQL_BYTES_MAX + 1), 400),
    ],
)
def test_mistakes_of_the_caller_have_one_status(client, sql, status):
    """
    There is none but 400 for them.
    """
    answer = gateway(client, sql)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_trouble_of_ours_is_503_or_500(client, service):
    """
    Also where the API of our own is more exact.
    """
    service.close(0)
    assert gateway(client, "SELECT 1").status_code == 503


def test_a_late_error_leaves_an_array_that_is_not_closed(client, late):
    """
    The body is cut off.
    """
    asked = client.stream("POST", "/gateway/query", json={"sql": f"SELECT n FROM {late}"})
    with asked as answer, pytest.raises(httpx.RemoteProtocolError):
        answer.read()


def test_the_query_says_that_it_came_through_the_gateway(client, memory_tables, service):
    """
    Behind the name that the client has for itself.
    """
    seen = []
    memory_tables.on_open = lambda: seen.extend(q.who.client for q in service.running.all())
    gateway(client, "SELECT 1", headers={"x-client-type": "web"})
    assert seen == ["web+gateway"]


def test_the_gateway_says_that_it_lives(client):
    """
    With the time.
    """
    answer = client.get("/gateway/health").json()
    assert answer["status"] == "healthy"
    assert answer["timestamp"].endswith("+00:00")
