"""
Prepared statements: what was found out of a text, and the values that were bound to it.

A handle holds the text itself, so forgetting a statement costs its client nothing but planning it
anew, on this server or another; only bound values exist here alone. They are bounded in number,
bytes and age: the statement that was not used for longest goes first.
"""

import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

import pyarrow as pa

from query_engine.flight.limits import (
    BOUND_BYTES_MAX,
    STATEMENT_SECONDS_MAX,
    STATEMENTS_MAX,
)
from query_engine.service import PreparedQuery


@dataclass(frozen=True, slots=True)
class Statement:
    """
    One prepared statement.

    Attributes:
        name: UUID of its handle.
        sql: Its text.
        names: Its parameters in the order of their values.
        query: What planning found, with the values if there are.
        bound: A row of values per query to run, columns called as the parameters; None before any
            were bound.
    """

    name: str
    sql: str
    names: tuple[str, ...]
    query: PreparedQuery
    bound: pa.Table | None = None

    @property
    def bound_bytes(self) -> int:
        """What its values take."""
        return 0 if self.bound is None else int(self.bound.nbytes)


class Statements:
    """
    The statements that are kept. Thread-safe.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[float, Statement]] = OrderedDict()
        self._bytes = 0

    def keep(self, statement: Statement) -> None:
        """Keep a statement as of now, in place of an earlier one of its name."""
        with self._lock:
            self._drop(statement.name)
            self._kept[statement.name] = self._clock(), statement
            self._bytes += statement.bound_bytes
            self._forget()

    def get(self, name: str) -> Statement | None:
        """Return the statement of that name if it is still kept; it is in use again."""
        with self._lock:
            self._forget()
            if name not in self._kept:
                return None
            statement = self._kept[name][1]
            self._kept[name] = self._clock(), statement
            self._kept.move_to_end(name)
            return statement

    def close(self, name: str) -> None:
        """Forget the statement of that name; harmless if there is none."""
        with self._lock:
            self._drop(name)

    def __len__(self) -> int:
        with self._lock:
            self._forget()
            return len(self._kept)

    def _forget(self) -> None:
        oldest = self._clock() - STATEMENT_SECONDS_MAX
        while self._kept:
            name, (used, _) = next(iter(self._kept.items()))
            full = len(self._kept) > STATEMENTS_MAX or self._bytes > BOUND_BYTES_MAX
            if used >= oldest and not full:
                return
            self._drop(name)

    def _drop(self, name: str) -> None:
        _, statement = self._kept.pop(name, (0.0, None))
        if statement is not None:
            self._bytes -= statement.bound_bytes


def new_statement(sql: str, names: tuple[str, ...], query: PreparedQuery) -> Statement:
    """Return a statement of a name that nobody can guess."""
    return Statement(str(uuid.uuid4()), sql, names, query)


def with_values(statement: Statement, bound: pa.Table, query: PreparedQuery) -> Statement:
    """Return *statement* with values, and what planning finds with them."""
    return replace(statement, bound=bound, query=query)
