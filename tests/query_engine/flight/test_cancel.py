"""Stopping and following a query over Flight, by its FlightInfo or by its id."""

import json
import threading
import uuid
from dataclasses import replace

import pyarrow as pa
import pyarrow.flight as fl
import pytest

from assets.errors import CallerError
from auth.principal import Principal
from query_engine.callers import EVERYBODY
from query_engine.flight.proto import pack_any, pack_fields, parse_any, parse_message
from query_engine.limits import PROGRESS_LISTENERS_MAX
from tests.query_engine.flight.calls import (
    act,
    any_ticket,
    bind,
    command,
    headers,
    prepare,
    prepared,
)

CANCELLED, NOT_CANCELLABLE = 1, 3


@pytest.fixture
def slow(memory_tables, slow_rows, gate):
    """A table whose rows wait until the gate opens; it opens at the end."""
    memory_tables.frames["slow"] = slow_rows(3, 1, gate.wait)
    yield gate
    gate.set()


def running_one(service):
    """Wait until a query runs; returns it."""
    ticker = threading.Event()
    for _ in range(3000):
        for query in service.running.all():
            if query.state == "running":
                return query
        ticker.wait(0.01)
    raise AssertionError("no query runs")


def drain(reader):
    """Read to the end: `read_all` of pyarrow turns CANCELLED into a KeyboardInterrupt."""
    for _ in reader:
        continue


def cancel_flight_info(client, info):
    """Return the status that CancelFlightInfo answers."""
    [answer] = act(client, "CancelFlightInfo", pack_fields({1: info}))
    return parse_message(answer).number(1)


def cancel_query(client, info):
    """Return the status that the older CancelQuery answers."""
    [answer] = act(client, "CancelQuery", pack_any("ActionCancelQueryRequest", {1: info}))
    return parse_any(answer).number(1)


@pytest.mark.parametrize("cancel", [cancel_flight_info, cancel_query])
def test_a_query_is_stopped_by_its_flight_info(client, service, slow, cancel):
    """
    The ticket holds the id; a query that is not under way cannot be stopped.
    """
    info = client.get_flight_info(command("CommandStatementQuery", {1: "SELECT n FROM slow"}))
    assert cancel(client, info.serialize()) == NOT_CANCELLABLE
    reader = client.do_get(info.endpoints[0].ticket)
    running_one(service)
    assert cancel(client, info.serialize()) == CANCELLED
    with pytest.raises(fl.FlightCancelledError, match="query_id="):
        drain(reader)


def test_a_statement_with_many_rows_of_values_is_stopped_as_a_whole(client, service, slow):
    """
    The id of its first query stands for all of them, whichever runs.
    """
    handle = prepare(client, "SELECT n + ? AS n FROM slow").text(1)
    bind(client, handle, pa.table({"a": [1, 2, 3]}))
    info = client.get_flight_info(prepared(handle))
    reader = client.do_get(info.endpoints[0].ticket)
    first = running_one(service).query_id
    slow.set()
    for _ in range(3):
        reader.read_chunk()
    assert act(client, "limnograph.CancelQuery", first.encode()) == [b'{"cancelled": true}']
    with pytest.raises(fl.FlightCancelledError):
        drain(reader)


@pytest.mark.parametrize("info", [b"\xff", b"\x1a\x05", pack_fields({3: [b"\x0a\x05"]})])
def test_what_is_no_flight_info_of_ours_stops_nothing(client, info):
    """
    Garbage is refused.
    """
    with pytest.raises(pa.ArrowInvalid, match="what Flight SQL puts there"):
        cancel_flight_info(client, info)


@pytest.mark.parametrize("info", [b"", b"\x20\x01", pack_fields({3: [b""]})])
def test_a_flight_info_without_our_ticket_stops_nothing(client, info):
    """
    There is no query to be found in it.
    """
    assert cancel_flight_info(client, info) == NOT_CANCELLABLE


def test_a_query_is_followed_and_stopped_by_the_id_that_its_client_chose(client, service, slow):
    """
    Progress ends when the query has.
    """
    query_id = str(uuid.uuid4())
    reader = client.do_get(any_ticket("SELECT n FROM slow"), headers(x_query_id=query_id))
    running_one(service)
    events = client.do_action(fl.Action("limnograph.QueryProgress", query_id.encode()))
    first = json.loads(next(events).body.to_pybytes())
    assert (first["query_id"], first["state"], first["door"]) == (query_id, "running", "flight")
    assert act(client, "limnograph.CancelQuery", query_id.encode()) == [b'{"cancelled": true}']
    with pytest.raises(fl.FlightCancelledError):
        drain(reader)
    last = [json.loads(event.body.to_pybytes()) for event in events][-1]
    assert (last["state"], last["status"]) == ("ended", "cancelled")
    assert act(client, "limnograph.CancelQuery", query_id.encode()) == [b'{"cancelled": false}']


def test_progress_of_a_whole_query_ends_with_ok(client, service, slow):
    """
    Who follows to the end knows how it ended.
    """
    reader = client.do_get(any_ticket("SELECT n FROM slow"))
    query_id = running_one(service).query_id
    events = client.do_action(fl.Action("limnograph.QueryProgress", query_id.encode()))
    next(events)
    slow.set()
    reader.read_all()
    last = [json.loads(event.body.to_pybytes()) for event in events][-1]
    assert (last["state"], last["status"], last["output_rows"]) == ("ended", "ok", 3)


def test_a_query_that_is_not_there_has_no_progress(client, engine):
    """
    NOT_FOUND after a moment, and the listener's place is free again; no UUID is an error at once.
    """
    with pytest.raises(KeyError, match="under way"):
        act(client, "limnograph.QueryProgress", str(uuid.uuid4()).encode())
    for name in ("limnograph.QueryProgress", "limnograph.CancelQuery"):
        with pytest.raises(pa.ArrowInvalid, match="the body is not a UUID"):
            act(client, name, b"\xff")
    places = [engine.listeners.acquire(blocking=False) for _ in range(PROGRESS_LISTENERS_MAX)]
    assert all(places)
    with pytest.raises(fl.FlightUnavailableError, match="listeners"):
        act(client, "limnograph.QueryProgress", str(uuid.uuid4()).encode())


def test_a_ticket_may_be_asked_twice(client):
    """
    Its id names the first query; a second one at the same time gets another.
    """
    info = client.get_flight_info(command("CommandStatementQuery", {1: "SELECT n FROM many"}))
    readers = [client.do_get(info.endpoints[0].ticket) for _ in range(2)]
    for reader in readers:
        assert reader.read_chunk().data.num_rows
        reader.cancel()


def test_a_statement_with_many_rows_of_values_is_stopped_by_its_owner_or_an_administrator(engine):
    """
    To others it does not exist, also after the query that it began with has ended.
    """
    stopped = []
    ada, eve = (
        Principal(
            subject=name,
            issuer="x",
            kind="person",
            write_audience=None,
            read_audiences=None,
            roles=frozenset({"reader"}),
        )
        for name in ("ada", "eve")
    )
    admin = replace(eve, subject="root", roles=frozenset({"reader", "admin"}))
    engine.stops.add("1", ada, lambda: stopped.append("1"))
    assert not engine.cancel("1", eve)
    assert not engine.cancel("2", eve)
    assert stopped == []
    assert engine.cancel("1", ada)
    assert engine.cancel("1", admin)
    assert stopped == ["1", "1"]


def test_nobody_takes_the_id_of_a_statement_under_way(engine):
    """
    Who stops it would stop another, and its owner could not any more.
    """
    engine.stops.add("1", EVERYBODY, lambda: None)
    with pytest.raises(CallerError):
        engine.stops.add("1", EVERYBODY, lambda: None)
    engine.stops.remove("1")
    engine.stops.add("1", EVERYBODY, lambda: None)
