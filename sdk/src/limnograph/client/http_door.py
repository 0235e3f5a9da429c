"""Queries over HTTP: one POST, the answer an Arrow stream."""

import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

import pyarrow as pa

from limnograph.client.door import Answer, Query, Stop, Target
from limnograph.client.errors import QueryError, one_line
from limnograph.client.headers import query_headers
from limnograph.client.http_body import Body, batches
from limnograph.client.http_errors import not_reached, refusal
from limnograph.client.limits import CALL_SECONDS_MAX, CONNECT_SECONDS_MAX, ERROR_BYTES_MAX
from limnograph.client.parameters import as_json
from limnograph.client.tls import context

_QUERY, _QUERIES = "/api/query", "/api/queries"
_ARROW = "application/vnd.apache.arrow.stream"
_FAILURES = (OSError, http.client.HTTPException)


class HttpDoor:
    """One connection per query, so that results of several may be read at once."""

    def __init__(self, target: Target) -> None:
        parts = urlsplit(target.uri)
        self._uri, self._host, self._port = target.uri, parts.hostname or "", parts.port
        self._base, self._authorize = parts.path.rstrip("/"), target.authorize
        self._tls = (
            context(target.tls_ca, verify=target.tls_verify) if parts.scheme == "https" else None
        )

    def run(self, query: Query, stop: Stop) -> Answer:
        """Send the query; see ``Door``."""
        asked: dict[str, Any] = {"sql": query.sql, "format": "arrow"}
        if query.params is not None:
            asked["params"] = as_json(query.params, query.zone)
        headers = {
            "Content-Type": "application/json",
            "Accept": _ARROW,
            **query_headers(query),
        }
        with ExitStack() as opened:
            try:
                connection = self._connected(opened)
                connection.sock.settimeout(None)
                stop.use(partial(_hang_up, connection.sock))
                response = self._answered(
                    opened, connection, ("POST", _QUERY), json.dumps(asked), headers
                )
                body = Body(response)
                reader = pa.ipc.open_stream(body)
            except _FAILURES as exc:
                raise not_reached(exc, self._uri) from exc
            except pa.ArrowException as exc:
                raise QueryError("internal", f"no Arrow stream: {one_line(str(exc))}") from exc
            return Answer(reader.schema, batches(body, reader, opened.pop_all()))

    def cancel(self, query_id: str) -> bool:
        """Stop a query; see ``Door``."""
        with ExitStack() as opened:
            try:
                connection = self._connected(opened)
                path = f"{_QUERIES}/{quote(query_id, safe='')}"
                response = self._answered(opened, connection, ("DELETE", path))
                said = json.loads(response.read(ERROR_BYTES_MAX) or b"{}")
            except QueryError as error:
                if error.code in {"no_such_query", "not_found"}:
                    return False
                raise
            except _FAILURES as exc:
                raise not_reached(exc, self._uri) from exc
        return bool(said.get("cancelled", True))

    def progress(self, query_id: str) -> Iterator[Mapping[str, Any]]:
        """Yield what is known of a query; see ``Door``."""
        with ExitStack() as opened:
            try:
                connection = self._connected(opened)
                path = f"{_QUERIES}/{quote(query_id, safe='')}/progress"
                headers = {"Accept": "text/event-stream"}
                response = self._answered(opened, connection, ("GET", path), None, headers)
                for line in response:
                    if line.startswith(b"data:"):
                        said = json.loads(line[5:])
                        if isinstance(said, dict):
                            yield said
            except _FAILURES as exc:
                raise not_reached(exc, self._uri) from exc
            except ValueError as exc:
                raise QueryError("internal", f"no progress: {one_line(str(exc))}") from exc

    def close(self) -> None:
        """Nothing is kept between queries."""

    def _connected(self, opened: ExitStack) -> http.client.HTTPConnection:
        timeout = CONNECT_SECONDS_MAX
        connection = (
            http.client.HTTPSConnection(self._host, self._port, timeout=timeout, context=self._tls)
            if self._tls
            else http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        )
        opened.callback(connection.close)
        connection.connect()
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.sock.settimeout(CALL_SECONDS_MAX)
        return connection

    def _answered(
        self,
        opened: ExitStack,
        connection: http.client.HTTPConnection,
        request: tuple[str, str],
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> http.client.HTTPResponse:
        """Send one request and return the answer, if it is a good one."""
        sent = dict(headers or {})
        authorization = self._authorize()
        if authorization:
            sent["Authorization"] = authorization
        method, path = request
        connection.request(method, self._base + path, body, sent)
        response = opened.enter_context(connection.getresponse())
        if not 200 <= response.status < 300:
            said = response.read(ERROR_BYTES_MAX)
            raise refusal(response.status, said, response.headers.get("Retry-After"))
        return response


def _hang_up(sock: socket.socket | ssl.SSLSocket) -> None:
    """Wake whoever reads the answer; the service stops a query whose client has left."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
