"""The project's own client on both doors, over a real lake."""

import contextlib
from datetime import UTC, datetime

import pytest

import limnograph
from assets.materialize import materialize
from assets.views.catalog import view_named
from limnograph.client import QueryError
from query_engine.doors import Doors, lake_service
from query_engine.settings import QuerySettings

T0_NS = 1_760_000_000_123_456_789


@pytest.fixture(params=["flight", "http"])
def client(filled, request, workers):
    """The client, on one door and then on the other."""
    settings = QuerySettings(http_port=0, flight_port=0)
    service, ready = lake_service(filled.lake, settings, workers)
    doors = Doors(service, ready, settings)
    uris = {
        "flight": f"grpc://127.0.0.1:{doors.flight_port}",
        "http": f"http://127.0.0.1:{doors.http_port}",
    }
    with contextlib.closing(limnograph.connect(uris[request.param])) as connected:
        yield connected
    assert doors.close(1)


def test_rows_of_table_and_tail_reach_the_client_unchanged(client, filled, new_sender):
    """
    Nanoseconds, levels, text and maps are what the application sent.
    """
    sender = new_sender()
    rows = [{"time": 5, "msg": "größe", "level": 2, "properties": {"k": "v"}}]
    filled.write(sender, rows)
    materialize(filled.lake, view_named("log_entries"), filled.tables)
    filled.write(sender, [{"time": 7, "msg": "tail", "level": 4, "properties": {}}])
    sql = "SELECT time, level, msg, properties, process_id FROM log_entries ORDER BY time"
    found = client.query(sql).polars()
    assert found["time"].to_physical().to_list() == [T0_NS + 5, T0_NS + 7]
    assert found["msg"].to_list() == ["größe", "tail"]
    assert found["level"].to_list() == [2, 4]
    assert set(found["process_id"]) == {sender.process_id}
    assert dict(client.query(sql).arrow()["properties"][0].as_py()) == {"k": "v"}


def test_range_and_limit_of_a_call_are_obeyed(client, filled, new_sender):
    """
    Times as the client takes them select the same rows as on every door.
    """
    second = 1_000_000_000
    filled.write(new_sender(), [{"time": tick * second, "msg": str(tick)} for tick in range(5)])
    begin = datetime.fromtimestamp(T0_NS // second + 1, UTC)
    end = datetime.fromtimestamp(T0_NS // second + 4, UTC)
    found = client.query("SELECT msg FROM log_entries ORDER BY time", begin=begin, end=end)
    assert found.arrow()["msg"].to_pylist() == ["1", "2", "3"]


def test_an_error_tells_where_and_which_query(client):
    """
    One line that a person can act on, on both doors.
    """
    with pytest.raises(QueryError) as caught:
        client.query("SELECT nothing\nFROM log_entries").arrow()
    error = caught.value
    assert "nothing" in error.text
    assert "\n" not in error.text
    assert (error.line, error.column) == (1, 8)
    assert ".py" not in str(error)


def test_a_large_result_arrives_whole_in_batches(client, filled, new_sender):
    """
    More rows than one batch holds, in order of the statement.
    """
    filled.write(new_sender(), [{"time": tick, "msg": f"m{tick}"} for tick in range(1000)])
    sql = "SELECT a.msg, b.time FROM log_entries a, log_entries b WHERE a.time < {}"
    batches = list(client.query(sql.format("'2100-01-01T00:00:00Z'")))
    assert sum(batch.num_rows for batch in batches) == 1_000_000
    assert len(batches) > 10
