"""
The Arrow Flight door: SQL in a ticket, a stream of batches back.

Rule: a call's context is used only while the call runs, its generator included; pyarrow hands out a
bare pointer. Nothing here holds on to it.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Concatenate, NoReturn, ParamSpec, TypeVar

import pyarrow as pa
import pyarrow.flight as fl

from assets.errors import CallerError, LakeError, LimitExceeded
from query_engine.failures import as_lake_error
from query_engine.flight.errors import as_flight_error
from query_engine.flight.headers import MIDDLEWARE, CallHeadersFactory
from query_engine.flight.proto import NotProtobuf, pack_command, parse_command, parse_fields
from query_engine.headers import QueryHeaders, parse_headers
from query_engine.limits import REQUEST_BYTES_MAX
from query_engine.service import QueryService, QueryStream
from query_engine.sql.errors import Unsupported

P = ParamSpec("P")
T = TypeVar("T")
STATEMENT, TICKET = "CommandStatementQuery", "TicketStatementQuery"

_SQL_BEGINS = (b"select", b"with", b"values", b"from", b"explai", b"show", b"desc", b"--", b"/*")
"""
Tried first: text that begins with a line feed can also be read as a message. A message whose length
byte is white space (or a dash before a comment) reads as text here, and is the same SQL either way.
"""


def clean(
    method: Callable[Concatenate["FlightDoor", P], T],
) -> Callable[Concatenate["FlightDoor", P], T]:
    """Let nothing but clean Flight errors out of a handler."""

    @functools.wraps(method)
    def wrapped(self: "FlightDoor", /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            raise as_flight_error(as_lake_error(error, "")) from None

    return wrapped


class FlightDoor(fl.FlightServerBase):  # type: ignore[misc]
    """
    Serves queries over Flight from the moment it is made; ``port`` is where.

    Args:
        service: Runs the queries.
        host: Address to listen on.
        port: Port, 0 for a free one.
    """

    def __init__(self, service: QueryService, host: str, port: int) -> None:
        self._service = service
        self._location = f"grpc://{host}:{port}"
        super().__init__(self._location, middleware={MIDDLEWARE: CallHeadersFactory()})

    @clean
    def do_get(self, context: fl.ServerCallContext, ticket: fl.Ticket) -> fl.FlightDataStream:
        """Run the SQL of a ticket and stream its result."""
        headers = self._headers(context)
        stream = self._service.query(
            sql_of_ticket(ticket.ticket),
            begin_ns=headers.begin_ns,
            end_ns=headers.end_ns,
            limit=headers.limit,
            door="flight",
            client=_host(context.peer()),
            who=headers.who,
            query_id=headers.query_id,
            is_cancelled=context.is_cancelled,
        )
        return fl.GeneratorStream(stream.schema, _sent(stream))

    @clean
    def get_flight_info(
        self,
        context: fl.ServerCallContext,  # noqa: ARG002  (the signatures are pyarrow's)
        descriptor: fl.FlightDescriptor,
    ) -> fl.FlightInfo:
        """Plan a statement; its one endpoint is this server."""
        sql = sql_of_descriptor(descriptor)
        ticket = fl.Ticket(pack_command(TICKET, {1: sql.encode()}))
        endpoint = fl.FlightEndpoint(ticket, [])
        return fl.FlightInfo(self._service.schema(sql), descriptor, [endpoint], -1, -1)

    @clean
    def get_schema(
        self,
        context: fl.ServerCallContext,  # noqa: ARG002
        descriptor: fl.FlightDescriptor,
    ) -> fl.SchemaResult:
        """Return the schema that a statement's result would have."""
        return fl.SchemaResult(self._service.schema(sql_of_descriptor(descriptor)))

    @clean
    def list_flights(self, context: fl.ServerCallContext, criteria: bytes) -> NoReturn:  # noqa: ARG002
        """Refuse: there is nothing to list, only SQL to ask."""
        raise Unsupported("ListFlights is not supported; send SQL to DoGet")

    @clean
    def do_put(
        self,
        context: fl.ServerCallContext,  # noqa: ARG002
        descriptor: fl.FlightDescriptor,  # noqa: ARG002
        reader: fl.MetadataRecordBatchReader,  # noqa: ARG002
        writer: fl.FlightMetadataWriter,  # noqa: ARG002
    ) -> None:
        """Refuse: the query service only reads."""
        raise Unsupported("DoPut is not supported; the query service only reads")

    @clean
    def do_exchange(
        self,
        context: fl.ServerCallContext,  # noqa: ARG002
        descriptor: fl.FlightDescriptor,  # noqa: ARG002
        reader: fl.MetadataRecordBatchReader,  # noqa: ARG002
        writer: fl.MetadataRecordBatchWriter,  # noqa: ARG002
    ) -> None:
        """Refuse."""
        raise Unsupported("DoExchange is not supported; send SQL to DoGet")

    @clean
    def do_action(self, context: fl.ServerCallContext, action: fl.Action) -> NoReturn:  # noqa: ARG002
        """Refuse."""
        raise Unsupported(f"the action {action.type!r:.100} is not supported")

    @clean
    def list_actions(self, context: fl.ServerCallContext) -> list[fl.ActionType]:  # noqa: ARG002
        """There are none."""
        return []

    def _headers(self, context: fl.ServerCallContext) -> QueryHeaders:
        headers = context.get_middleware(MIDDLEWARE).headers
        return parse_headers(headers, _host(context.peer()))


def sql_of_ticket(ticket: bytes) -> str:
    """
    Return the SQL of a ticket in any of its three forms.

    They are: an `Any` of `TicketStatementQuery`, the bare message, and the text itself.

    Raises:
        CallerError: It is none of them.
    """
    _check_size(ticket)
    if ticket.lstrip()[:6].lower().startswith(_SQL_BEGINS):
        return _text(ticket)
    command = parse_command(ticket)
    if command is not None:
        if command.name != TICKET:
            raise Unsupported(f"tickets of {command.name:.100} are not supported")
        return _text(command.fields.get(1, b""))
    try:
        fields = parse_fields(ticket)
    except NotProtobuf:
        return _text(ticket)
    return _text(fields[1]) if fields.keys() == {1} else _text(ticket)


def sql_of_descriptor(descriptor: fl.FlightDescriptor) -> str:
    """
    Return the SQL of a `CommandStatementQuery`, wrapped in an `Any` or as plain text.

    Raises:
        CallerError: The descriptor is a path or another command.
    """
    data = descriptor.command
    if not data:
        raise CallerError("the flight descriptor has no command; send SQL")
    _check_size(data)
    command = parse_command(data)
    if command is None:
        return _text(data)
    if command.name != STATEMENT:
        raise Unsupported(f"the command {command.name:.100} is not supported")
    return _text(command.fields.get(1, b""))


def _host(peer: str) -> str:
    """Return the address in gRPC's name of a peer, such as ``ipv4:127.0.0.1:50000``."""
    return peer.partition(":")[2].rpartition(":")[0]


def _check_size(data: bytes) -> None:
    if len(data) > REQUEST_BYTES_MAX:
        raise LimitExceeded(f"the ticket has {len(data)} bytes, the limit is {REQUEST_BYTES_MAX}")


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as exc:
        raise CallerError("the ticket holds neither a statement nor UTF-8 text") from exc


def _sent(stream: QueryStream) -> Iterator[pa.RecordBatch]:
    """Yield the batches; errors on the way become Flight errors, a client that left ends it."""
    try:
        yield from stream.batches
    except LakeError as error:
        raise as_flight_error(error) from None
    finally:
        stream.close()
