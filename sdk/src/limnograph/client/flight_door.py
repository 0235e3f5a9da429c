"""Queries over Arrow Flight: one DoGet with the SQL as its ticket and the range in headers."""

from collections.abc import Iterator

import pyarrow as pa
from pyarrow import flight

from limnograph.client.client import Close, Query
from limnograph.client.errors import QueryError, one_line
from limnograph.client.ticket import statement_ticket
from limnograph.client.times import rfc3339

_CODES: tuple[tuple[type[Exception], str], ...] = (
    (flight.FlightUnavailableError, "unavailable"),
    (flight.FlightTimedOutError, "timed_out"),
    (flight.FlightCancelledError, "cancelled"),
    (flight.FlightUnauthenticatedError, "unauthenticated"),
    (flight.FlightUnauthorizedError, "forbidden"),
    (flight.FlightInternalError, "internal"),
    (pa.ArrowInvalid, "bad_request"),
    (pa.ArrowKeyError, "not_found"),
    (pa.ArrowNotImplementedError, "unsupported"),
)


class FlightDoor:
    """One Flight connection, shared by the threads of the process."""

    def __init__(self, uri: str, api_key: str | None) -> None:
        self._uri = uri
        self._client = flight.FlightClient(uri)
        self._headers = [(b"authorization", f"Bearer {api_key}".encode())] if api_key else []

    def run(self, query: Query) -> tuple[pa.Schema, Iterator[pa.RecordBatch], Close]:
        """Send the query; see ``Door``."""
        headers = list(self._headers)
        if query.begin_ns is not None:
            headers.append((b"query_range_begin", rfc3339(query.begin_ns).encode()))
        if query.end_ns is not None:
            headers.append((b"query_range_end", rfc3339(query.end_ns).encode()))
        if query.limit is not None:
            headers.append((b"limit", str(query.limit).encode()))
        ticket = flight.Ticket(statement_ticket(query.sql))
        try:
            reader = self._client.do_get(ticket, flight.FlightCallOptions(headers=headers))
            return reader.schema, self._batches(reader), reader.cancel
        except (pa.ArrowException, KeyError, ValueError, NotImplementedError) as exc:
            raise self._translated(exc) from exc

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _batches(self, reader: flight.FlightStreamReader) -> Iterator[pa.RecordBatch]:
        try:
            while True:
                try:
                    batch = reader.read_chunk().data
                except StopIteration:
                    return
                if batch is not None:
                    yield batch
        except (pa.ArrowException, KeyError, ValueError, NotImplementedError) as exc:
            raise self._translated(exc) from exc

    def _translated(self, exc: Exception) -> QueryError:
        code = next((name for kind, name in _CODES if isinstance(exc, kind)), "query_failed")
        text = _server_text(str(exc))
        if code == "unavailable" and "connect" in text.lower():
            text = f"cannot reach the query service at {self._uri}: {text}"
        return QueryError(code, text)


def _server_text(text: str) -> str:
    """Return the server's own words, without what gRPC and Arrow put round them."""
    for mark in (". gRPC client debug context:", ". Client context:"):
        text = text.split(mark, 1)[0]
    head, found, tail = text.partition(" with message: ")
    if found and head.startswith("Flight returned"):
        text = tail
    return one_line(text)
