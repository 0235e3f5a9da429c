"""
Any error of a running query to one of ours: what a door may show.

Rule: text of libraries reaches a client only where it can speak about the caller's values, and
never a path, a URL or a traceback. Everything else becomes one sentence and the query's id; the log
has the rest under that id.
"""

import re

import polars as pl
from psycopg import Error as PostgresError
from psycopg.errors import QueryCanceled
from psycopg_pool import PoolTimeout

from assets.errors import (
    BlockCorrupt,
    CallerError,
    LakeError,
    Overloaded,
    StorageUnavailable,
)
from assets.materialize import PayloadMissing
from query_engine.engine_words import in_words_of_sql
from query_engine.errors import (
    Cancelled,
    QueryFailed,
    ResourceExhausted,
    TimeLimit,
    WorkerDied,
)
from query_engine.functions.failing import reason
from query_engine.functions.function import BadValue
from query_engine.limits import ERROR_TEXT_BYTES_MAX
from query_engine.sql.errors import RunProblem, SqlError

_ABOUT_VALUES = (
    BadValue,
    pl.exceptions.ComputeError,
    pl.exceptions.InvalidOperationError,
    pl.exceptions.ShapeError,
    pl.exceptions.OutOfBoundsError,
)
"""Engine errors that wrong values in an accepted query cause: a cast, a subquery of two rows."""

_FOR_CLIENTS = (
    CallerError,
    Overloaded,
    TimeLimit,
    Cancelled,
    QueryFailed,
    PayloadMissing,
    ResourceExhausted,
    WorkerDied,
)
"""Errors whose text was written for clients; that of others may name hosts, keys and paths."""

_COLUMN_NUMBER = re.compile(r"#[0-9]+'")
"""What the planner appends to a column's name to make it unique."""

_PLACE = re.compile(r"(/[\w.\-+=%]+){2,}|\w+://\S+")


def as_lake_error(error: BaseException, query_id: str) -> LakeError:
    """Return *error*, or ours that stands for it, knowing its query."""
    translated = error if isinstance(error, _FOR_CLIENTS) else _translated(error)
    if query_id:
        translated.query_id = query_id
    return translated


def error_fields(error: LakeError) -> dict[str, object]:
    """Return what a client is told: code, message, and where known line, column and query_id."""
    message = getattr(error, "message", None)
    text = one_line(message if isinstance(message, str) else str(error))
    fields: dict[str, object] = {"code": error.code, "message": text}
    if isinstance(error, SqlError):
        if error.line is not None:
            fields |= {"line": error.line, "column": error.column}
        if error.hint:
            fields["hint"] = one_line(error.hint)
    if error.query_id:
        fields["query_id"] = error.query_id
    return fields


def error_line(error: LakeError) -> str:
    """Return the same as one line of bounded length, for protocols that carry only text."""
    text = one_line(str(error))
    return f"{text} (query_id={error.query_id})" if error.query_id else text


def one_line(text: str) -> str:
    """Return *text* on one line, cut at the limit."""
    line = " ".join(text.split())
    data = line.encode()
    if len(data) <= ERROR_TEXT_BYTES_MAX:
        return line
    return data[:ERROR_TEXT_BYTES_MAX].decode(errors="ignore") + " ..."


def _translated(error: BaseException) -> LakeError:
    if isinstance(error, QueryCanceled):
        return TimeLimit("reading the metadata took longer than the query's time limit")
    if isinstance(error, (StorageUnavailable, PostgresError, PoolTimeout)):
        return StorageUnavailable("the lake's storage did not answer; try again later")
    if isinstance(error, BlockCorrupt):  # asked for by its id: only another block can be read
        return RunProblem(f"this block cannot be decoded, get_payload has its bytes: {error}")
    if isinstance(error, OSError):
        return StorageUnavailable("a file of the lake could not be read; try again")
    if isinstance(error, _ABOUT_VALUES):
        ours = reason(str(error))
        if ours is not None:
            return RunProblem(ours)
        first = in_words_of_sql(str(error).split("\n\n", 1)[0])
        return RunProblem(_PLACE.sub("...", _COLUMN_NUMBER.sub("'", first)))
    return QueryFailed("the query failed inside the service; its log has the details")
