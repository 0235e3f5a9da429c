"""Where queries go: one client over either door, Arrow Flight or HTTP."""

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self
from urllib.parse import urlsplit

from limnograph.client.errors import QueryError
from limnograph.client.profiles import QUERY_URI
from limnograph.client.result import Result
from limnograph.client.times import When, unix_ns

if TYPE_CHECKING:
    import pyarrow as pa

EARLIEST_NS, LATEST_NS = 0, 7_258_118_400_000_000_000
"""1970 and 2200: what stands in for the end of a range that the caller leaves open."""


class Query(NamedTuple):
    """One query as a door sends it; times in Unix ns, both or neither."""

    sql: str
    begin_ns: int | None
    end_ns: int | None
    limit: int | None


Close = Callable[[], None]


class Door(Protocol):
    """One way to reach the query service."""

    def run(self, query: Query) -> "tuple[pa.Schema, Iterator[pa.RecordBatch], Close]":
        """
        Send the query; raise QueryError, from the iterator too.

        What is returned last lets go of the answer, read or not; it may be called twice.
        """
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class Client:
    """Asks one query service; made by ``connect``."""

    def __init__(self, uri: str, door: Door) -> None:
        self.uri, self._door = uri, door

    def query(
        self, sql: str, begin: When = None, end: When = None, limit: int | None = None
    ) -> Result:
        """
        Run *sql* and return its rows.

        Args:
            sql: One SELECT.
            begin: Only events from then on: a datetime, ISO 8601 text, Unix ns, or how long ago
                (``"1h"``). It applies to every table of the query.
            end: Only events up to then, that moment included.
            limit: Most rows to return.

        Raises:
            QueryError: The service refused the query, failed, or cannot be reached.
        """
        begin_ns, end_ns = unix_ns(begin), unix_ns(end)
        if begin_ns is not None or end_ns is not None:
            begin_ns = EARLIEST_NS if begin_ns is None else begin_ns
            end_ns = LATEST_NS if end_ns is None else end_ns
        return Result(*self._door.run(Query(sql, begin_ns, end_ns, limit)))

    def close(self) -> None:
        """Close the connection."""
        self._door.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(uri: str | None = None, *, api_key: str | None = None) -> Client:
    """
    Return a client of the query service at *uri*.

    Args:
        uri: ``grpc://host:port`` (``grpc+tls://``) for Arrow Flight, ``http(s)://host:port`` for
            HTTP; LIMNO_QUERY_URI, else ``grpc://127.0.0.1:9482``.
        api_key: Sent as a bearer token; LIMNO_API_KEY.

    Raises:
        QueryError: The address is none of these, or the extra ``client`` is not installed.
    """
    uri = uri or os.environ.get("LIMNO_QUERY_URI") or QUERY_URI
    api_key = api_key or os.environ.get("LIMNO_API_KEY")
    parts = urlsplit(uri)
    if parts.scheme not in {"grpc", "grpc+tcp", "grpc+tls", "http", "https"} or not parts.hostname:
        raise QueryError("client", f"{uri!r} is neither grpc://host:port nor http://host:port")
    try:
        if parts.scheme.startswith("http"):
            from limnograph.client.http_door import HttpDoor

            return Client(uri, HttpDoor(uri, api_key))
        from limnograph.client.flight_door import FlightDoor

        return Client(uri, FlightDoor(uri, api_key))
    except ImportError as exc:
        raise QueryError(
            "client", f"queries need the extra 'client': pip install 'limnograph[client]' ({exc})"
        ) from exc
