"""
SQLAlchemy 2: a span for each statement of every engine, sync and async.

    limnograph.integrations.sqlalchemy.instrument()

By SQLAlchemy's own events, for all engines of the process, those made later included. A driver
that is instrumented, too (psycopg), does not record these statements a second time.
"""

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, ExceptionContext, ExecutionContext

from limnograph import faults, metric, span
from limnograph.integrations.operation import Attributes, Names, Operation, recording
from limnograph.integrations.query_text import error_text, kept_text, operation_name
from limnograph.recorder import Span

_DURATION = metric("db.client.operation.duration", "s")


def _span(name: str) -> Span:
    return span(name)


_SPANS = Names(_span, "sql")
_KEPT = ("db.system.name", "db.namespace", "db.operation.name", "error.type")
_OPERATION = "_limnograph_operation"
_SYSTEMS = {"mssql": "microsoft.sql_server", "oracle": "oracle.db"}
"""Dialects that OpenTelemetry calls otherwise than SQLAlchemy."""


class _Listening:
    """Whether our listeners are in place."""

    lock = threading.Lock()
    on = False


def instrument() -> None:
    """Record what every engine of this process does from now on."""
    with _Listening.lock:
        if not _Listening.on:
            for name, listener in _LISTENERS:
                event.listen(Engine, name, listener)
            _Listening.on = True


def uninstrument() -> None:
    """Stop listening."""
    with _Listening.lock:
        if _Listening.on:
            for name, listener in _LISTENERS:
                event.remove(Engine, name, listener)
            _Listening.on = False


def _before(
    connection: Connection,
    _cursor: Any,
    statement: str,
    parameters: Any,
    context: ExecutionContext | None,
    executemany: bool,
) -> None:
    if context is not None and recording():
        _open(connection, statement, parameters, context, executemany)


@faults.guarded
def _open(
    connection: Connection,
    statement: str,
    parameters: Any,
    context: ExecutionContext,
    executemany: bool,
) -> None:
    name = operation_name(statement)
    attributes: Attributes = {**_of_engine(connection.engine), "db.operation.name": name}
    mysql = connection.dialect.name in {"mysql", "mariadb"}
    attributes["db.query.text"] = kept_text(statement, parameterized=bool(parameters), mysql=mysql)
    if executemany:
        attributes["db.operation.batch.size"] = len(parameters)
    place = attributes.get("db.namespace") or attributes["db.system.name"]
    operation = Operation(_SPANS[f"{name} {place}"], _DURATION, attributes)
    operation.cover()
    setattr(context, _OPERATION, operation)


def _of_engine(engine: Engine) -> Attributes:
    url = engine.url
    system = engine.dialect.name
    found: Attributes = {"db.system.name": _SYSTEMS.get(system, system)}
    if url.database:
        found["db.namespace"] = url.database
    if url.host:
        found["server.address"] = url.host
    if url.port:
        found["server.port"] = url.port
    return found


def _after(
    _connection: Connection,
    cursor: Any,
    _statement: str,
    _parameters: Any,
    context: ExecutionContext | None,
    _executemany: bool,
) -> None:
    _close(context, None, cursor)


def _failed(failure: ExceptionContext) -> None:
    _close(failure.execution_context, failure.original_exception, None)


@faults.guarded
def _close(context: ExecutionContext | None, failure: BaseException | None, cursor: Any) -> None:
    operation: Operation | None = getattr(context, _OPERATION, None)
    if operation is None:
        return
    delattr(context, _OPERATION)
    if failure is None:
        rows = getattr(cursor, "rowcount", -1)
        if isinstance(rows, int) and rows >= 0:
            operation.set({"db.response.returned_rows": rows})
    else:
        code = getattr(failure, "sqlstate", None) or getattr(failure, "pgcode", None)
        if code:
            operation.set({"db.response.status_code": code})
    operation.end(_KEPT, failure, error_text(failure) if failure else None)


_LISTENERS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("before_cursor_execute", _before),
    ("after_cursor_execute", _after),
    ("handle_error", _failed),
)
