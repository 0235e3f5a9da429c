"""
What a function in FROM that reads the lake is: a frozen value that checks a call and opens it.

Rule: checking reads nothing, so that a query can be planned without the lake; a value that only a
run would tell is UNKNOWN then, and passes every check.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import polars as pl

from assets.views.catalog import BUILT_IN, Views
from query_engine.functions.timestamps import parse_time
from query_engine.sql.catalog import UNKNOWN, ScanRequest
from query_engine.sql.errors import SqlError
from query_engine.tables.session import QuerySession


class LakeCall(Protocol):
    """A call whose arguments are checked."""

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        ...

    def scan(self, session: QuerySession, request: ScanRequest) -> pl.LazyFrame:
        """Return at least the requested columns of the rows, as of the session's moment."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LakeFunction:
    """
    A function that reads the lake.

    Attributes:
        written: How a call looks, with its arguments named.
        opens: Checks the arguments of a call. Raises SqlError.
        counts: How many arguments a call may have.
        rows: What the rows are, when they are not those of a view: its columns with a sentence.
        admin: Only administrators have it; for others there is no such function.
        of_views: ``opens`` gets the views that there are as one more argument, before the others.
    """

    name: str
    written: str
    opens: Callable[..., LakeCall]
    counts: range
    doc: str
    rows: tuple[tuple[str, pl.DataType, str], ...] = ()
    admin: bool = False
    of_views: bool = False

    def call(self, args: Sequence[object], views: Views = BUILT_IN) -> LakeCall:
        """Return the checked call, or raise SqlError."""
        if len(args) not in self.counts:
            plural = "" if self.counts == range(1, 2) else "s"
            raise SqlError(
                f"{self.name} takes {' or '.join(map(str, self.counts))} argument{plural}, "
                f"not {len(args)}",
                hint=f"write {self.written}",
            )
        return self.opens(views, *args) if self.of_views else self.opens(*args)


@dataclass(frozen=True, slots=True)
class FunctionTable:
    """The rows of a call as SQL scans them."""

    session: QuerySession
    name: str
    call: LakeCall

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return self.call.schema

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Return the rows that can satisfy the request."""
        return self.call.scan(self.session, request)


def schema_of(rows: Sequence[tuple[str, pl.DataType, str]]) -> pl.Schema:
    """Return the columns that a description names."""
    return pl.Schema({name: dtype for name, dtype, _ in rows})


def text(function: str, what: str, value: object) -> str:
    """Return an argument that is a text, never an empty one; "" while it is unknown."""
    if value is UNKNOWN:
        return ""
    if value is None:
        hint = "a subquery that finds no row is NULL"
        raise SqlError(f"{function} takes {what}, not NULL", hint=hint)
    if not isinstance(value, str):
        raise SqlError(f"{function} takes {what} as text")
    if not value:
        raise SqlError(f"{function} takes {what}, not an empty text")
    return value


def uuid_text(what: str, value: str) -> str:
    """Return an id in its one form; "", which is unknown, stays."""
    try:
        return str(UUID(value)) if value else ""
    except ValueError:
        raise SqlError(f"{value!r:.60} is not a {what} id; ids look like {UUID(int=0)}") from None


def time_ns(function: str, what: str, value: object) -> int:
    """Return an argument that is a time, or a text that means one, as Unix ns."""
    if value is UNKNOWN:
        return 0
    if value is None:
        hint = "a subquery that finds no row is NULL"
        raise SqlError(f"{function} takes {what}, not NULL", hint=hint)
    if isinstance(value, str):
        try:
            return parse_time(value)
        except ValueError as error:
            raise SqlError(f"{function}: {what} {value!r:.60} is no time: {error}") from None
    if not isinstance(value, int) or isinstance(value, bool):
        raise SqlError(f"{function} takes {what} as a timestamp, or as text that means one")
    return value
