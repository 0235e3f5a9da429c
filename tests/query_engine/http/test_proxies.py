"""The door behind a reverse proxy: below a path, and with somebody else's address."""

import pytest

from tests.query_engine.http.asking import ask


@pytest.mark.parametrize("left_by_proxy", ["/lake", ""])
def test_a_base_path_may_be_left_or_taken_off(open_door, left_by_proxy):
    """
    Every route answers below it, and the description leads there.
    """
    client = open_door(http_base_path="/lake/")
    assert client.get(f"{left_by_proxy}/health").status_code == 200
    assert client.post(f"{left_by_proxy}/api/query", json={"sql": "SELECT 1"}).status_code == 200
    assert '"/lake/openapi.json"' in client.get(f"{left_by_proxy}/docs").text.replace("'", '"')
    described = client.get(f"{left_by_proxy}/openapi.json").json()
    assert described["servers"] == [{"url": "/lake"}]
    assert "/api/query" in described["paths"]


def test_without_a_base_path_there_is_nothing_below_one(client):
    """
    A path that is none of ours is told so.
    """
    assert client.get("/lake/health").status_code == 404


def test_watchers_are_answered_below_a_base_path_when_the_door_is_full(open_door):
    """
    The path before theirs does not hide them.
    """
    client = open_door(http_base_path="/lake", http_requests_max=1)
    assert client.get("/lake/health").status_code == 200


@pytest.mark.parametrize(
    ("trusted", "address"),
    [("127.0.0.1,::1", "203.0.113.7"), ("10.0.0.0/8", "127.0.0.1"), ("", "127.0.0.1")],
)
def test_a_proxy_is_believed_if_it_is_known(open_door, memory_tables, service, trusted, address):
    """
    Slots are shared out among the clients behind it, whom it names.
    """
    client = open_door(http_trusted_proxies=trusted)
    seen = []
    memory_tables.on_open = lambda: seen.extend(query.client for query in service.running.all())
    assert ask(client, "SELECT 1", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 200
    assert seen == [address]
