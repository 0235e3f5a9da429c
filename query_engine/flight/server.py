"""
The Arrow Flight door: the RPCs of Flight, each given to `dispatch`.

Rule: pyarrow's types end here. A call's context lives in a `LiveCall` and nowhere else.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

import pyarrow as pa
import pyarrow.flight as fl

from query_engine.errors import NotOffered
from query_engine.flight import dispatch
from query_engine.flight.actions.catalog import ACTIONS
from query_engine.flight.auth import OpenHandshake
from query_engine.flight.call_slot import MIDDLEWARE as SLOTS
from query_engine.flight.call_slot import CallSlotFactory
from query_engine.flight.caller import MIDDLEWARE as CALLER
from query_engine.flight.caller import CallerFactory
from query_engine.flight.headers import MIDDLEWARE, CallHeadersFactory
from query_engine.flight.live_call import LiveCall
from query_engine.flight.request import Engine, Upload
from query_engine.flight.sending import Sending
from query_engine.headers import QUERY_ID
from query_engine.tls.identity import Identity

P = ParamSpec("P")
T = TypeVar("T")


def whole(
    method: Callable[Concatenate["FlightDoor", LiveCall, P], T],
) -> Callable[Concatenate["FlightDoor", fl.ServerCallContext, P], T]:
    """Make a handler of one answer, which is over when it returns; only clean errors leave it."""

    @functools.wraps(method)
    def wrapped(
        self: "FlightDoor", context: fl.ServerCallContext, /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        call = LiveCall(context)
        try:
            return method(self, call, *args, **kwargs)
        except Exception as error:
            raise call.failed(error) from None
        finally:
            call.end()

    return wrapped


class FlightDoor(fl.FlightServerBase):  # type: ignore[misc]
    """
    Serves queries over Flight from the moment it is made; ``port`` is where.

    Args:
        engine: What answers; it may outlive this server, and others may stand on it.
        host: Address to listen on.
        port: Port, 0 for a free one.
        identity: Certificate and key; None listens without TLS.
    """

    def __init__(
        self, engine: Engine, host: str, port: int, identity: Identity | None = None
    ) -> None:
        self._engine = engine
        self._call_slots = CallSlotFactory(engine.slots)
        super().__init__(
            address(host, port, tls=identity is not None),
            auth_handler=OpenHandshake(engine.handshakes),
            middleware={  # in this order: a stranger takes no place
                CALLER: CallerFactory(engine.authenticator),
                MIDDLEWARE: CallHeadersFactory(),
                SLOTS: self._call_slots,
            },
            **(_tls(identity) if identity else {}),
        )

    @property
    def calls(self) -> int:
        """Calls under way."""
        return self._call_slots.calls

    def do_get(self, context: fl.ServerCallContext, ticket: fl.Ticket) -> fl.FlightDataStream:
        """Stream the rows of a ticket."""
        call = LiveCall(context)
        try:
            rows = dispatch.rows(self._engine, call.opened(), ticket.ticket)
            if rows.query_id:
                call.add_header(QUERY_ID, rows.query_id)
        except Exception as error:
            try:
                raise call.failed(error) from None
            finally:
                call.end()
        return fl.GeneratorStream(rows.schema, Sending(rows, call))

    @whole
    def get_flight_info(self, call: LiveCall, descriptor: fl.FlightDescriptor) -> fl.FlightInfo:
        """Plan a command; its one endpoint is this server."""
        schema, ticket = dispatch.schema_and_ticket(self._engine, call.opened(), descriptor.command)
        endpoint = fl.FlightEndpoint(fl.Ticket(ticket), [])
        return fl.FlightInfo(schema, descriptor, [endpoint], -1, -1)

    @whole
    def get_schema(self, call: LiveCall, descriptor: fl.FlightDescriptor) -> fl.SchemaResult:
        """Return the schema that a command's rows would have."""
        return fl.SchemaResult(dispatch.schema(self._engine, call.opened(), descriptor.command))

    @whole
    def do_put(
        self,
        call: LiveCall,
        descriptor: fl.FlightDescriptor,
        reader: fl.MetadataRecordBatchReader,
        writer: fl.FlightMetadataWriter,
    ) -> None:
        """Take an upload in."""
        upload = _upload(reader)
        answer = dispatch.put(self._engine, call.opened(), descriptor.command, upload)
        writer.write(pa.py_buffer(answer))

    def do_action(self, context: fl.ServerCallContext, action: fl.Action) -> Iterator[fl.Result]:
        """Run an action; its results leave one by one."""
        call = LiveCall(context)
        try:
            body = action.body.to_pybytes()
            for result in dispatch.act(self._engine, call.opened(), action.type, body):
                yield fl.Result(pa.py_buffer(result))
        except Exception as error:
            raise call.failed(error) from None
        finally:
            call.end()

    def list_actions(self, context: fl.ServerCallContext) -> list[fl.ActionType]:  # noqa: ARG002  (the signature is pyarrow's)
        """Return what DoAction knows."""
        return [fl.ActionType(action.name, action.doc) for action in ACTIONS]

    @whole
    def list_flights(self, call: LiveCall, criteria: bytes) -> NoReturn:  # noqa: ARG002
        """Refuse: there is nothing to list, only SQL to ask."""
        raise NotOffered("ListFlights is not supported; send SQL to DoGet")

    @whole
    def do_exchange(
        self,
        call: LiveCall,  # noqa: ARG002
        descriptor: fl.FlightDescriptor,  # noqa: ARG002
        reader: fl.MetadataRecordBatchReader,  # noqa: ARG002
        writer: fl.MetadataRecordBatchWriter,  # noqa: ARG002
    ) -> None:
        """Refuse."""
        raise NotOffered("DoExchange is not supported; send SQL to DoGet")


def address(host: str, port: int, *, tls: bool) -> str:
    """Return the URI of a Flight door."""
    return f"grpc{'+tls' if tls else ''}://{in_url(host)}:{port}"


def in_url(host: str) -> str:
    """Return a host or address as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def _tls(identity: Identity) -> dict[str, Any]:
    """Return what pyarrow wants to know of a certificate."""
    return {
        "tls_certificates": [(identity.certificate, identity.key)],
        "verify_client": identity.client_ca is not None,
        "root_certificates": identity.client_ca,
    }


def _upload(reader: fl.MetadataRecordBatchReader) -> Upload:
    """Return what *reader* brings; clients send nothing but the command of an update."""
    try:
        return Upload(reader.schema, _received(reader))
    except OSError:
        return Upload(pa.schema([]), ())


def _received(reader: fl.MetadataRecordBatchReader) -> Iterator[pa.RecordBatch]:
    for chunk in reader:
        if chunk.data is not None:
            yield chunk.data
