"""
The query client: SQL to the lake, Arrow back. Needs the extra ``limnograph[client]``.

    import limnograph

    lake = limnograph.connect()                      # LIMNO_QUERY_URI, else grpc://127.0.0.1:9482
    errors = lake.query("SELECT time, msg FROM log_entries WHERE level <= 2", begin="1h").pandas()
"""

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
    "QueryError",
    "Result",
    "SqlError",
    "TimedOut",
    "Unreachable",
    "connect",
    "connect_async",
]
