"""
The query client: SQL to the lake, Arrow back. Needs the extra ``limnograph[client]``.

    import limnograph

    lake = limnograph.connect()                      # LIMNO_QUERY_URI, else grpc://127.0.0.1:9482
    errors = lake.query("SELECT time, msg FROM log_entries WHERE level <= 2", begin="1h").pandas()
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limnograph.client.async_client import AsyncClient, connect_async
    from limnograph.client.async_result import AsyncResult
    from limnograph.client.client import Client, connect
    from limnograph.client.errors import (
        AccessDenied,
        Cancelled,
        QueryError,
        SqlError,
        TimedOut,
        Unreachable,
    )
    from limnograph.client.result import Result

__all__ = [
    "AccessDenied",
    "AsyncClient",
    "AsyncResult",
    "Cancelled",
    "Client",
    "ClientCredentials",
    "QueryError",
    "Result",
    "SqlError",
    "TimedOut",
    "Unreachable",
    "connect",
    "connect_async",
]

_MODULES = {
    "AccessDenied": "errors",
    "AsyncClient": "async_client",
    "AsyncResult": "async_result",
    "Cancelled": "errors",
    "Client": "client",
    "ClientCredentials": "client_credentials",
    "QueryError": "errors",
    "Result": "result",
    "SqlError": "errors",
    "TimedOut": "errors",
    "Unreachable": "errors",
    "connect": "client",
    "connect_async": "async_client",
}
"""Where each name is; imported when it is first used, so that ``limno --help`` needs none of it."""


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module 'limnograph.client' has no attribute {name!r}")
    value = getattr(import_module(f"limnograph.client.{module}"), name)
    globals()[name] = value
    return value
