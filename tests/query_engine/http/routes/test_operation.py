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
