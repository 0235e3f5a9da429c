"""
GetSessionOptions, SetSessionOptions, CloseSession: a session is the same for everybody.

Nothing is kept per session, so any server behind a balancer answers alike: the options can be read,
set to what they are, and nothing else.
"""

from collections.abc import Iterator, Mapping

from query_engine.flight.action import Action
from query_engine.flight.proto import Message, pack_fields
from query_engine.flight.request import Request
from query_engine.sql.information_schema import PUBLIC
from query_engine.sql.schemas import CATALOG_NAME

OPTIONS: Mapping[str, str] = {"catalog": CATALOG_NAME, "schema": PUBLIC}
"""Names that ADBC, JDBC and ODBC drivers use."""

MAP, KEY, VALUE, TEXT = 1, 1, 2, 1
INVALID_NAME, INVALID_VALUE = 1, 2
CLOSED = 1


def get_options(request: Request) -> Iterator[bytes]:
    """Yield one GetSessionOptionsResult."""
    del request
    yield pack_fields(
        {
            MAP: [
                pack_fields({KEY: name, VALUE: pack_fields({TEXT: value})})
                for name, value in OPTIONS.items()
            ]
        }
    )


def set_options(request: Request) -> Iterator[bytes]:
    """Yield one SetSessionOptionsResult: what is wrong with each option that cannot be set."""
    problems = {
        name: problem
        for name, entry in request.message.entries(MAP, "a session option").items()
        if (problem := problem_of(name, entry.message(VALUE, "a session option's value")))
    }
    yield pack_fields(
        {
            MAP: [
                pack_fields({KEY: name, VALUE: pack_fields({1: problem})})
                for name, problem in problems.items()
            ]
        }
    )


def problem_of(name: str, value: Message) -> int:
    """Return the number of what is wrong with an option, 0 if nothing is; no value unsets it."""
    if name not in OPTIONS:
        return INVALID_NAME
    fits = not value.fields or (value.fields.keys() == {TEXT} and value.text(TEXT) == OPTIONS[name])
    return 0 if fits else INVALID_VALUE


def close(request: Request) -> Iterator[bytes]:
    """Yield one CloseSessionResult."""
    del request
    yield pack_fields({1: CLOSED})


GET_OPTIONS = Action(
    name="GetSessionOptions",
    doc="Answers catalog and schema.",
    request="GetSessionOptionsRequest",
    wrapped=False,
    run=get_options,
)
SET_OPTIONS = Action(
    name="SetSessionOptions",
    doc="Takes catalog and schema if they are what they are anyway; says of others that they are "
    "unknown.",
    request="SetSessionOptionsRequest",
    wrapped=False,
    run=set_options,
)
CLOSE = Action(
    name="CloseSession",
    doc="Answers that it is closed: nothing is kept per session.",
    request="CloseSessionRequest",
    wrapped=False,
    run=close,
)
