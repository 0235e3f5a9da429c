"""
Live views: rows straight from Postgres, with what the query knows pushed down.

Only predicates that Postgres decides exactly as SQL here would are pushed; the caller filters again
in any case. A limit is pushed only when every predicate was.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString, Protocol
from uuid import UUID

import polars as pl
from psycopg import Connection, sql

from assets.errors import LimitExceeded
from assets.materialize.limits import LIVE_VALUES_MAX
from assets.storage.metadata.audiences import Audiences, NotForAudience, parameter
from assets.views.view import PROPERTIES, TIME, LiveView

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NS_PER_US = 1000
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_OPERATORS: Mapping[str, LiteralString] = {
    "=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "in": "= ANY",
}  # fmt: skip


_READABLE: LiteralString = (
    "v.process_id IN (SELECT p.process_id FROM processes p WHERE p.audience = ANY(%s::text[]))"
)


class Predicate(Protocol):
    """A condition that is known to hold for every row that the query can use."""

    @property
    def column(self) -> str:
        """The column's name."""

    @property
    def op(self) -> str:
        """One of ``= < <= > >= in``."""

    @property
    def value(self) -> object:
        """A Python scalar, Unix ns for times; a collection of those for ``in``."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The plainest predicate."""

    column: str
    op: str
    value: object


def live_rows(
    conn: Connection,
    view: LiveView,
    *,
    audiences: Audiences,
    columns: Collection[str] | None = None,
    predicates: Sequence[Predicate] = (),
    limit: int | None = None,
) -> pl.DataFrame:
    """
    Return rows of a live view, as of the moment that the connection sees.

    Args:
        conn: The metadata; inside a transaction, several views show the same moment.
        view: Which view.
        audiences: Only rows of processes of these; None: of all.
        columns: Only these, in the view's order; None is all of them.
        predicates: Conditions that may be used to read less; not every one is.
        limit: Most rows to return; used only when all predicates could be.

    Raises:
        NotForAudience: The rows do not say whose they are, and not all may be read.
        LimitExceeded: There are more rows than LIVE_VALUES_MAX lets one scan read.
        psycopg.Error: Postgres did not answer; `Lake.connection` translates it.
    """
    names = [c.name for c in view.columns if columns is None or c.name in columns]
    pushed = [_condition(view, predicate) for predicate in predicates]
    conditions = [condition for condition in pushed if condition is not None]
    query = sql.SQL("SELECT {columns} FROM ({relation}) AS v WHERE {where}").format(
        columns=sql.SQL(", ").join([_selected(view, name) for name in names] or [sql.SQL("1")]),
        relation=sql.SQL(view.relation),
        where=sql.SQL(" AND ").join([sql.SQL("true"), *(where for where, _ in conditions)]),
    )
    parameters: list[object] = [value for _, value in conditions]
    if audiences is not None:
        if view.native.get("process_id") != "uuid":
            raise NotForAudience(view.name)
        query += sql.SQL(" AND {}").format(sql.SQL(_READABLE))
        parameters.append(parameter(audiences))
    rows_max = LIVE_VALUES_MAX // max(1, len(names))
    exact = limit is not None and len(conditions) == len(pushed)
    query += sql.SQL(" LIMIT %s")
    parameters.append(min(limit, rows_max + 1) if limit is not None and exact else rows_max + 1)
    with conn.cursor(binary=True) as cursor:
        found = cursor.execute(query, parameters).fetchall()
    if len(found) > rows_max:
        raise LimitExceeded(
            f"more than {rows_max} rows of {view.name} would have to be read at once"
            " (LIVE_VALUES_MAX); ask for fewer columns, a shorter range or one process"
        )
    if not names:
        return pl.DataFrame(height=len(found))
    values = zip(*found, strict=True) if found else ((),) * len(names)
    return pl.DataFrame(
        [_series(view, name, column) for name, column in zip(names, values, strict=True)]
    )


def _selected(view: LiveView, name: str) -> sql.Composable:
    """Return the expression that brings a column out in a type that is quick to take over."""
    column = sql.Identifier(name)
    match view.native.get(name):
        case "uuid" | "jsonb":
            return sql.SQL("{}::text").format(column)
        case "timestamptz":
            return sql.SQL("(extract(epoch FROM {}) * 1000000)::bigint").format(column)
        case _:
            return column


def _series(view: LiveView, name: str, values: Sequence[Any]) -> pl.Series:
    """Return a column as SQL sees it."""
    match view.native.get(name):
        case "timestamptz":
            micros = pl.Series(name, values, dtype=pl.Int64)
            return (micros * _NS_PER_US).cast(TIME)
        case "unix_ns":
            return pl.Series(name, values, dtype=pl.Int64).cast(TIME)
        case "jsonb":
            return _maps(name, values)
        case _:
            return pl.Series(name, values, dtype=view.schema[name])


def _maps(name: str, texts: Sequence[str]) -> pl.Series:
    """Return JSON objects as maps; equal ones, which are many, are read once."""
    number = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    distinct = pl.Series(name, [json.loads(text) for text in number], dtype=PROPERTIES)
    return distinct.gather([number[text] for text in texts])


def _condition(view: LiveView, predicate: Predicate) -> tuple[sql.Composable, object] | None:
    """Return a predicate for Postgres and its value; None where Postgres might differ."""
    name, op = predicate.column, predicate.op
    native = view.native.get(name) or _plain_type(view.schema[name])
    if op not in _OPERATORS or native is None or native not in _COMPARED:
        return None
    if op != "in":
        found = _COMPARED[native](op, predicate.value)
        if found is None:
            return None
        op, value = found
        return _compared(name, op, native, ""), value
    assert isinstance(predicate.value, Collection)
    values = [_COMPARED[native]("=", value) for value in predicate.value]
    if None in values:
        return None
    return _compared(name, "in", native, "[]"), [found[1] for found in values if found]


def _compared(name: str, op: str, native: str, dimension: LiteralString) -> sql.Composable:
    return sql.SQL("{} {} (%s::{}{})").format(
        sql.Identifier(name),
        sql.SQL(_OPERATORS[op]),
        sql.SQL(_CASTS[native]),
        sql.SQL(dimension),
    )


def _text(op: str, value: object) -> tuple[str, object] | None:
    """Compare for equality only: Postgres orders text by locale."""
    usable = op == "=" and isinstance(value, str) and "\0" not in value
    return (op, value) if usable else None


def _uuid(op: str, value: object) -> tuple[str, object] | None:
    """Compare for equality with the one spelling that SQL sees."""
    if op != "=" or not isinstance(value, str):
        return None
    try:
        return (op, value) if str(UUID(value)) == value else None
    except ValueError:
        return None


def _integer(op: str, value: object) -> tuple[str, object] | None:
    usable = type(value) is int and _INT64_MIN <= value <= _INT64_MAX
    return (op, value) if usable else None


def _timestamp(op: str, value: object) -> tuple[str, object] | None:
    """Compare with whole microseconds, which is all that Postgres keeps."""
    if _integer(op, value) is None:
        return None
    assert isinstance(value, int)
    micros, rest = divmod(value, _NS_PER_US)
    if rest and op == "=":
        return None
    if rest and op in {">=", "<"}:
        micros += 1
    return op, _EPOCH + timedelta(microseconds=micros)


_COMPARED: Mapping[str, Callable[[str, object], tuple[str, object] | None]] = {
    "text": _text,
    "uuid": _uuid,
    "bigint": _integer,
    "unix_ns": _integer,
    "timestamptz": _timestamp,
}
"""Postgres type to a function from (operator, value) to what Postgres is asked."""

_CASTS: Mapping[str, LiteralString] = {
    "text": "text",
    "uuid": "uuid",
    "bigint": "bigint",
    "unix_ns": "bigint",
    "timestamptz": "timestamptz",
}


def _plain_type(dtype: pl.DataType) -> str | None:
    """Return the Postgres type of a column that needs no conversion, if it is compared."""
    if dtype == pl.String():
        return "text"
    return "bigint" if dtype in {pl.Int64(), pl.Int32()} else None
