"""What operators ask the HTTP door."""


def test_the_operators_routes_answer(client, lake_state):
    """
    Alive, ready or not, and metrics.
    """
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").status_code == 200
    lake_state.up = False
    assert client.get("/ready").status_code == 503
    assert "limnograph_query_running" in client.get("/metrics").text


def test_head_is_answered_where_nothing_is_streamed(client):
    """
    Balancers and browsers ask so; a query is not run for it.
    """
    for path in ("/health", "/ready", "/metrics", "/api/tables", "/api/functions/upper"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b""), path
        assert int(answer.headers["content-length"]) > 0
    assert client.head("/api/query", params={"sql": "SELECT 1"}).status_code == 405
