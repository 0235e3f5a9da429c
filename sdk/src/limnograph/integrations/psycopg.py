"""
psycopg 3: a span for each statement of every connection, sync and async.

    limnograph.integrations.psycopg.instrument()

The span is named like ``SELECT shop`` (operation and database). ``db.query.text`` is the text as
it was written, never with bound values in it; a text without parameters has its literals replaced
by ``?``. A ``copy`` lasts until its block ends, a ``stream`` until its first row is there.
"""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, aclosing, closing
from types import TracebackType
from typing import Any

import psycopg
from psycopg import sql

from limnograph import faults, metric, span
from limnograph.integrations.operation import Attributes, Names, Operation, covered, recording
from limnograph.integrations.patches import Patches
from limnograph.integrations.query_text import error_text, kept_text, operation_name
from limnograph.recorder import Span

_DURATION = metric("db.client.operation.duration", "s")


def _span(name: str) -> Span:
    return span(name)


_SPANS = Names(_span, "postgresql")
_KEPT = ("db.system.name", "db.namespace", "db.operation.name", "error.type")
_PATCHES = Patches()


_MANY = ("?",)
"""Stands for the parameters of ``executemany``, which are not looked at."""


def instrument() -> None:
    """Record what every connection of this process does from now on."""
    targets: list[tuple[Any, str, Callable[[Any], Any]]] = []
    for kind in (psycopg.Cursor, psycopg.ServerCursor):
        targets += [(kind, "execute", _execute), (kind, "executemany", _executemany)]
    for async_kind in (psycopg.AsyncCursor, psycopg.AsyncServerCursor):
        targets += [
            (async_kind, "execute", _execute_async),
            (async_kind, "executemany", _executemany_async),
        ]
    targets += [
        (psycopg.Cursor, "stream", _stream),
        (psycopg.Cursor, "copy", _copy),
        (psycopg.AsyncCursor, "stream", _stream_async),
        (psycopg.AsyncCursor, "copy", _copy_async),
    ]
    _PATCHES.apply(*targets)


def uninstrument() -> None:
    """Put psycopg's own methods back."""
    _PATCHES.revert()


def _execute(original: Any) -> Any:
    def execute(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
        operation = _begin(cursor, query, params)
        if operation is None:
            return original(cursor, query, params, **options)
        try:
            result = original(cursor, query, params, **options)
        except BaseException as exc:
            _failed(operation, exc)
            raise
        _done(operation, cursor)
        return result

    return execute


def _execute_async(original: Any) -> Any:
    async def execute(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
        operation = _begin(cursor, query, params)
        if operation is None:
            return await original(cursor, query, params, **options)
        try:
            result = await original(cursor, query, params, **options)
        except BaseException as exc:
            _failed(operation, exc)
            raise
        _done(operation, cursor)
        return result

    return execute


def _executemany(original: Any) -> Any:
    def executemany(cursor: Any, query: Any, params_seq: Any, **options: Any) -> None:
        operation = _begin(cursor, query, _MANY, params_seq)
        if operation is None:
            return original(cursor, query, params_seq, **options)  # type: ignore[no-any-return]
        try:
            original(cursor, query, params_seq, **options)
        except BaseException as exc:
            _failed(operation, exc)
            raise
        _done(operation, cursor)
        return None

    return executemany


def _executemany_async(original: Any) -> Any:
    async def executemany(cursor: Any, query: Any, params_seq: Any, **options: Any) -> None:
        operation = _begin(cursor, query, _MANY, params_seq)
        if operation is None:
            await original(cursor, query, params_seq, **options)
            return
        try:
            await original(cursor, query, params_seq, **options)
        except BaseException as exc:
            _failed(operation, exc)
            raise
        _done(operation, cursor)

    return executemany


def _stream(original: Any) -> Any:
    def stream(
        cursor: Any, query: Any, params: Any = None, **options: Any
    ) -> Generator[Any, None, None]:
        with closing(original(cursor, query, params, **options)) as rows:
            operation = _begin(cursor, query, params)
            try:
                first = next(rows, _NO_ROW)
            except BaseException as exc:
                _failed(operation, exc)
                raise
            _done(operation, cursor)
            if first is not _NO_ROW:
                yield first
                yield from rows

    return stream


_NO_ROW = object()


def _stream_async(original: Any) -> Any:
    async def stream(
        cursor: Any, query: Any, params: Any = None, **options: Any
    ) -> AsyncGenerator[Any, None]:
        async with aclosing(original(cursor, query, params, **options)) as rows:
            operation = _begin(cursor, query, params)
            try:
                first = await anext(rows, _NO_ROW)
            except BaseException as exc:
                _failed(operation, exc)
                raise
            _done(operation, cursor)
            if first is not _NO_ROW:
                yield first
                async for row in rows:
                    yield row

    return stream


class _Copy(AbstractContextManager[Any]):
    """A ``with cursor.copy(...)`` block inside its span."""

    def __init__(self, inner: AbstractContextManager[Any], begin: Callable[[], Any]) -> None:
        self._inner, self._begin = inner, begin
        self._operation: Operation | None = None

    def __enter__(self) -> Any:
        self._operation = self._begin()
        try:
            return self._inner.__enter__()
        except BaseException as exc:
            _failed(self._operation, exc)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        try:
            swallowed = self._inner.__exit__(kind, failure, trace)
        except BaseException as exc:
            _failed(self._operation, exc)
            raise
        _ended(self._operation, failure)
        return swallowed


class _AsyncCopy(AbstractAsyncContextManager[Any]):
    """The same for ``async with cursor.copy(...)``."""

    def __init__(self, inner: AbstractAsyncContextManager[Any], begin: Callable[[], Any]) -> None:
        self._inner, self._begin = inner, begin
        self._operation: Operation | None = None

    async def __aenter__(self) -> Any:
        self._operation = self._begin()
        try:
            return await self._inner.__aenter__()
        except BaseException as exc:
            _failed(self._operation, exc)
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        try:
            swallowed = await self._inner.__aexit__(kind, failure, trace)
        except BaseException as exc:
            _failed(self._operation, exc)
            raise
        _ended(self._operation, failure)
        return swallowed


def _copy(original: Any) -> Any:
    def copy(cursor: Any, statement: Any, params: Any = None, **options: Any) -> Any:
        inner = original(cursor, statement, params, **options)
        return _Copy(inner, lambda: _begin(cursor, statement, params))

    return copy


def _copy_async(original: Any) -> Any:
    def copy(cursor: Any, statement: Any, params: Any = None, **options: Any) -> Any:
        inner = original(cursor, statement, params, **options)
        return _AsyncCopy(inner, lambda: _begin(cursor, statement, params))

    return copy


def _begin(cursor: Any, query: Any, params: Any, params_seq: Any = None) -> Operation | None:
    if not _PATCHES.on or not recording() or covered():
        return None
    return _opened(cursor, query, params, params_seq)


@faults.guarded
def _opened(cursor: Any, query: Any, params: Any, params_seq: Any) -> Operation:
    text = query_text(query)
    name = operation_name(text)
    attributes: Attributes = {
        "db.system.name": "postgresql",
        "db.operation.name": name,
        "db.query.text": kept_text(text, parameterized=bool(params)),
    }
    database = "postgresql"
    if not cursor.connection.closed:
        info = cursor.connection.info
        database = attributes["db.namespace"] = info.dbname
        attributes["server.address"], attributes["server.port"] = info.host, info.port
    if isinstance(params_seq, list | tuple):
        attributes["db.operation.batch.size"] = len(params_seq)
    return Operation(_SPANS[f"{name} {database}"], _DURATION, attributes)


def query_text(query: Any) -> str:
    """Return the text of whatever psycopg takes as a query, composed literals as ``?``."""
    if isinstance(query, str):
        return query
    if isinstance(query, bytes):
        return query.decode("utf-8", "replace")
    if isinstance(query, sql.Composed):
        return "".join(map(query_text, query))
    if isinstance(query, sql.Literal):
        return "?"
    if isinstance(query, sql.Composable):
        return query.as_string(None)
    strings = getattr(query, "strings", ())  # a template string: its values are parameters
    return "?".join(strings)


def _failed(operation: Operation | None, failure: BaseException) -> None:
    if operation is not None:
        sqlstate = getattr(failure, "sqlstate", None)
        if sqlstate is not None:
            operation.set({"db.response.status_code": sqlstate})
        operation.end(_KEPT, failure, error_text(failure))


def _done(operation: Operation | None, cursor: Any) -> None:
    if operation is not None:
        rows = cursor.rowcount
        if rows >= 0:
            operation.set({"db.response.returned_rows": rows})
        operation.end(_KEPT)


def _ended(operation: Operation | None, failure: BaseException | None) -> None:
    if operation is not None:
        operation.end(_KEPT, failure)
