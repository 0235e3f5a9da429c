"""Queries over HTTP: one POST, the answer an Arrow stream."""

import http.client
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pyarrow as pa

from limnograph.client.client import Close, Query
from limnograph.client.errors import QueryError, one_line
from limnograph.client.times import rfc3339

CONNECT_TIMEOUT_S = 10.0
"""Seconds to reach the service; once connected, a query takes as long as the service lets it."""

_PATH = "/api/query"
_ARROW = "application/vnd.apache.arrow.stream"
_ERROR_BYTES_MAX = 65_536
_END = b"\xff\xff\xff\xff\0\0\0\0"
_CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    408: "timed_out",
    413: "limit_exceeded",
    503: "unavailable",
    504: "timed_out",
}


class HttpDoor:
    """One connection per query, so that results of several may be read at once."""

    def __init__(self, uri: str, api_key: str | None) -> None:
        parts = urlsplit(uri)
        self._uri, self._host, self._port = uri, parts.hostname or "", parts.port
        self._kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self._path = parts.path.rstrip("/") + _PATH
        self._headers = {"Content-Type": "application/json", "Accept": _ARROW}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"

    def run(self, query: Query) -> tuple[pa.Schema, Iterator[pa.RecordBatch], Close]:
        """Send the query; see ``Door``."""
        asked = {
            "sql": query.sql,
            "begin": None if query.begin_ns is None else rfc3339(query.begin_ns),
            "end": None if query.end_ns is None else rfc3339(query.end_ns),
            "limit": query.limit,
            "format": "arrow",
        }
        with ExitStack() as opened:
            connection = self._kind(self._host, self._port, timeout=CONNECT_TIMEOUT_S)
            opened.callback(connection.close)
            try:
                connection.connect()
                connection.sock.settimeout(None)
                connection.request("POST", self._path, json.dumps(asked), self._headers)
                response = opened.enter_context(connection.getresponse())
                if response.status != 200:
                    raise _refusal(response.status, response.read(_ERROR_BYTES_MAX))
                body = _Body(response)
                reader = pa.ipc.open_stream(body)
            except (OSError, http.client.HTTPException) as exc:
                raise QueryError(
                    "unavailable", f"cannot reach the query service at {self._uri}: {exc}"
                ) from exc
            except pa.ArrowException as exc:
                raise QueryError("internal", f"no Arrow stream: {one_line(str(exc))}") from exc
            return reader.schema, _batches(body, reader), opened.pop_all().close

    def close(self) -> None:
        """Nothing is kept between queries."""


class _Body(io.RawIOBase):
    """
    The answer's body as a file that remembers how it ended.

    Arrow takes a stream that stops between two batches for a whole one; only its end mark tells.
    """

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response
        self._tail = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        size = self._response.readinto(buffer)
        self._tail = (self._tail + bytes(memoryview(buffer)[max(0, size - 8) : size]))[-8:]
        return size

    def whole(self) -> bool:
        """Return whether the last bytes read were an Arrow stream's end mark."""
        return self._tail == _END


def _batches(body: _Body, reader: pa.ipc.RecordBatchStreamReader) -> Iterator[pa.RecordBatch]:
    try:
        yield from reader
        if not body.whole():
            raise QueryError("internal", "the answer broke off")
    except (OSError, http.client.HTTPException, pa.ArrowException) as exc:
        raise QueryError("internal", f"the answer broke off: {one_line(str(exc))}") from exc


def _refusal(status: int, body: bytes) -> QueryError:
    code, text = _CODES.get(status, "internal"), f"HTTP {status}"
    try:
        error = json.loads(body)["error"]
        code, text = str(error.get("code") or code), str(error.get("message") or text)
        if error.get("line") is not None:
            text = f"line {error['line']}, column {error.get('column')}: {text}"
        if error.get("hint"):
            text = f"{text}; {error['hint']}"
    except (ValueError, KeyError, TypeError, AttributeError):
        text = f"{text} {body.decode('utf-8', 'replace')}"
    return QueryError(code, one_line(text))
