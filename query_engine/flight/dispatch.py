"""
From the bytes of a descriptor, a ticket or an action to the value in the catalog that answers.

Rule: nothing here knows what a command means, and no command knows which RPC brought it.
"""

from collections.abc import Iterator

import pyarrow as pa

from assets.errors import CallerError, LimitExceeded
from query_engine.errors import NotOffered
from query_engine.flight.action import Action
from query_engine.flight.actions import catalog as actions
from query_engine.flight.command import Command
from query_engine.flight.commands import catalog as commands
from query_engine.flight.commands.statement import QUERY, STATEMENT
from query_engine.flight.commands.statement_ticket import HANDLE, STATEMENT_TICKET
from query_engine.flight.proto import Message, NotProtobuf, parse_any, parse_message
from query_engine.flight.request import Call, Engine, Request, Rows, Upload
from query_engine.limits import REQUEST_BYTES_MAX

_SQL_BEGINS = (b"select", b"with", b"values", b"from", b"explai", b"show", b"desc", b"--", b"/*")
"""
Tried first: text that begins with a line feed can also be read as a message. A message whose length
byte is white space (or a dash before a comment) reads as text here, and is the same SQL either way.
"""


def opened_descriptor(data: bytes | None) -> tuple[Command, Message]:
    """
    Return the command of a descriptor; plain text is a `CommandStatementQuery`.

    Raises:
        CallerError: There is none, or it cannot be read.
        NotOffered: It is of a kind that is not known here.
    """
    if not data:
        raise CallerError("the flight descriptor has no command; send SQL")
    _check_size(data, "command")
    message = parse_any(data)
    if message is not None:
        return _known(message), message
    return STATEMENT, Message(STATEMENT.name, {QUERY: [data]})


def opened_ticket(data: bytes) -> tuple[Command, Message]:
    """
    Return the command of a ticket.

    A statement's ticket comes in three forms: an `Any` of `TicketStatementQuery`, the bare message,
    and the text itself.

    Raises:
        CallerError, NotOffered: As `opened_descriptor`.
    """
    _check_size(data, "ticket")
    text = Message(STATEMENT_TICKET.name, {HANDLE: [data]})
    if data.lstrip()[:6].lower().startswith(_SQL_BEGINS):
        return STATEMENT_TICKET, text
    message = parse_any(data)
    if message is not None:
        return _known(message), message
    try:
        bare = parse_message(data, STATEMENT_TICKET.name)
    except NotProtobuf:
        return STATEMENT_TICKET, text
    fits = bare.fields.keys() == {HANDLE} and isinstance(bare.fields[HANDLE][-1], bytes)
    return STATEMENT_TICKET, bare if fits else text


def schema_and_ticket(engine: Engine, call: Call, command_bytes: bytes) -> tuple[pa.Schema, bytes]:
    """
    Answer GetFlightInfo.

    Raises:
        LakeError: Whatever is wrong.
    """
    command, message = opened_descriptor(command_bytes)
    call.headers.principal.check(command.needs)
    if command.schema is None:
        raise _refusal(command)
    request = Request(engine, call, message, command_bytes)
    ticket = command_bytes if command.ticket is None else command.ticket(request)
    return command.schema(request), ticket


def schema(engine: Engine, call: Call, command_bytes: bytes) -> pa.Schema:
    """Answer GetSchema; raises as `schema_and_ticket`."""
    command, message = opened_descriptor(command_bytes)
    call.headers.principal.check(command.needs)
    if command.schema is None:
        raise _refusal(command)
    return command.schema(Request(engine, call, message, command_bytes))


def rows(engine: Engine, call: Call, ticket: bytes) -> Rows:
    """Answer DoGet; raises as `schema_and_ticket`."""
    command, message = opened_ticket(ticket)
    call.headers.principal.check(command.needs)
    if command.rows is None:
        raise _refusal(command)
    return command.rows(Request(engine, call, message, ticket))


def put(engine: Engine, call: Call, command_bytes: bytes, upload: Upload) -> bytes:
    """Answer DoPut; raises as `schema_and_ticket`."""
    command, message = opened_descriptor(command_bytes)
    call.headers.principal.check(command.needs)
    if command.put is None:
        raise _refusal(command)
    return command.put(Request(engine, call, message, command_bytes), upload)


def act(engine: Engine, call: Call, name: str, body: bytes) -> Iterator[bytes]:
    """Answer DoAction; raises as `schema_and_ticket`, also while its results are drawn."""
    action = actions.BY_NAME.get(name)
    if action is None:
        raise NotOffered(f"the action {name!r:.100} is not supported; ListActions names those")
    call.headers.principal.check(action.needs)
    _check_size(body, "action")
    return action.run(Request(engine, call, _opened_body(action, body), body))


def _known(message: Message) -> Command:
    command = commands.BY_NAME.get(message.name)
    if command is None:
        raise NotOffered(f"{message.name:.100} is not supported; send SQL")
    return command


def _refusal(command: Command) -> NotOffered:
    return NotOffered(command.refusal or f"{command.name} is not supported here")


def _opened_body(action: Action, body: bytes) -> Message:
    if not action.request:
        return Message()
    if action.wrapped:
        message = parse_any(body)
        if message is None or message.name != action.request:
            raise CallerError(f"the body of {action.name} is no Any of {action.request}")
        return message
    try:
        return parse_message(body, action.request)
    except NotProtobuf as error:
        raise CallerError(f"the body of {action.name} cannot be read: {error}") from None


def _check_size(data: bytes, what: str) -> None:
    if len(data) > REQUEST_BYTES_MAX:
        raise LimitExceeded(f"the {what} has {len(data)} bytes, the limit is {REQUEST_BYTES_MAX}")
