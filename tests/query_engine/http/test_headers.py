"""What every answer says to browsers, and which pages may ask."""

import pytest

from query_engine.http.headers import SECURITY

PAGE = "https://app.example.org"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/health"),
        ("GET", "/nowhere"),
        ("POST", "/api/query"),
        ("GET", "/api/query?sql=SELECT+1"),
    ],
)
def test_every_answer_has_the_headers(client, method, path):
    """
    Errors too, and those of no route.
    """
    answer = client.request(method, path)
    for name, value in SECURITY.items():
        assert answer.headers[name] == value


def test_without_a_setting_no_page_may_ask(client):
    """
    A browser that asks first is not told yes.
    """
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    assert client.options("/api/query", headers=asked).status_code == 405
    answer = client.post("/api/query", json={"sql": "SELECT 1"}, headers={"Origin": PAGE})
    assert "access-control-allow-origin" not in answer.headers


def test_pages_of_named_origins_may_ask(open_door):
    """
    Without credentials, and no others; errors may be read as well.
    """
    client = open_door(http_cors_origins=f"{PAGE}, https://other.example.org")
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "content-type, x-query-id",
    }
    first = client.options("/api/queries/1", headers=asked)
    assert first.status_code == 200
    assert first.headers["access-control-allow-origin"] == PAGE
    assert "DELETE" in first.headers["access-control-allow-methods"]
    assert "x-query-id" in first.headers["access-control-allow-headers"]
    for answer in (
        client.post("/api/query", json={"sql": "SELECT 1"}, headers={"Origin": PAGE}),
        client.post("/api/query", json={"sql": ""}, headers={"Origin": PAGE}),
        client.get("/nowhere", headers={"Origin": PAGE}),
        client.post("/api/query", content=b"x" * (2 << 20), headers={"Origin": PAGE}),
    ):
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert "x-query-id" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers
    foreign = client.get("/health", headers={"Origin": "https://evil.example.org"})
    assert "access-control-allow-origin" not in foreign.headers
    refused = client.options("/api/query", headers=asked | {"Origin": "https://evil.example.org"})
    assert refused.status_code == 400


def test_every_page_may_ask_when_the_setting_says_so(open_door):
    """
    A star.
    """
    client = open_door(http_cors_origins="*")
    answer = client.get("/health", headers={"Origin": "https://any.example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"
