"""Calls as Flight SQL clients make them, spelled with our own codec."""

import time
from collections.abc import Callable

import pyarrow as pa
import pyarrow.flight as fl

from query_engine.flight.proto import Message, Written, pack_any, parse_any, parse_message


def any_ticket(sql: str) -> fl.Ticket:
    """Return the ticket that Flight SQL clients build themselves."""
    return fl.Ticket(pack_any("TicketStatementQuery", {1: sql}))


def headers(**values: str) -> fl.FlightCallOptions:
    """Return call options with these headers; a `_` of a name that begins with x is a `-`."""
    return fl.FlightCallOptions(
        headers=[
            (name.replace("_", "-" if name.startswith("x_") else "_").encode(), value.encode())
            for name, value in values.items()
        ]
    )


def command(name: str, fields: dict[int, Written]) -> fl.FlightDescriptor:
    """Return the descriptor of a command."""
    return fl.FlightDescriptor.for_command(pack_any(name, fields))


def act(client: fl.FlightClient, name: str, body: bytes) -> list[bytes]:
    """Run an action; returns the bodies of its results."""
    return [result.body.to_pybytes() for result in client.do_action(fl.Action(name, body))]


def prepare(client: fl.FlightClient, sql: str) -> Message:
    """Prepare a statement; returns the result's message."""
    request = pack_any("ActionCreatePreparedStatementRequest", {1: sql})
    [answer] = act(client, "CreatePreparedStatement", request)
    message = parse_any(answer)
    assert message is not None
    assert message.name == "ActionCreatePreparedStatementResult"
    return message


def prepared(handle: str) -> fl.FlightDescriptor:
    """Return the descriptor of a prepared statement."""
    return command("CommandPreparedStatementQuery", {1: handle})


def bind(client: fl.FlightClient, handle: str, values: pa.Table) -> str:
    """Bind values; returns the handle that the server answers."""
    writer, reader = client.do_put(prepared(handle), values.schema)
    with writer:
        writer.write_table(values)
        writer.done_writing()
        answer = reader.read()
    return parse_message(answer.to_pybytes()).text(1)


def ask(
    client: fl.FlightClient,
    descriptor: fl.FlightDescriptor,
    options: fl.FlightCallOptions | None = None,
) -> pa.Table:
    """Return the rows of a command: GetFlightInfo, then DoGet, schemas compared."""
    info = client.get_flight_info(descriptor, options)
    table = client.do_get(info.endpoints[0].ticket, options).read_all()
    assert table.schema == info.schema
    return table


def until(true: Callable[[], object]) -> None:
    """Wait until something is true, at most a minute."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "something is left"
        time.sleep(0.02)
