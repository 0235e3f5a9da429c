"""
Connections of the HTTP door: not more than a bound, and none that only holds a place.

A connection has to send a request within some seconds, whole in its headers, and has to take what
it is sent; else it is closed. uvicorn closes only those that are idle after a request.
"""

import asyncio
import socket
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from query_engine.limits import HTTP_HEADER_SECONDS_MAX

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
    b"Retry-After: 1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b"
)
_BODY = (
    b'{"error":{"code":"too_many_connections","message":"%d connections are open, the limit '
    b'(http_connections_max); close some, or ask another query service"}}'
)


def bounded_protocol(connections_max: int, stall_seconds: float) -> type[H11Protocol]:
    """
    Return uvicorn's protocol with these bounds.

    Args:
        connections_max: One more is answered 503 and closed.
        stall_seconds: A client that takes nothing of what it is sent for so long is cut off.
    """

    class Bounded(H11Protocol):
        """One connection."""

        _header_timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """Take the connection in, or refuse it."""
            if len(self.connections) >= connections_max:
                body = _BODY % connections_max
                transport.write(_FULL % (len(body), body))
                transport.close()
            super().connection_made(transport)
            _bound_stalls(transport, stall_seconds)
            self._wait_for_header()

        def data_received(self, data: bytes) -> None:
            """
            Read on, and see what has begun and not come to its end.

            It may be the head of a request, or what still comes of a body that was refused.
            """
            if self.transport.is_closing():
                return
            super().data_received(data)
            answered = self.cycle is not None and self.cycle.response_complete
            refused = answered and self.conn.their_state is h11.SEND_BODY
            if self.conn.their_state is not h11.IDLE and not refused:
                self._header_has_come()
            elif (refused or self.conn.trailing_data[0]) and self._header_timer is None:
                self._wait_for_header()

        def connection_lost(self, exc: Exception | None) -> None:
            """Let it go."""
            self._header_has_come()
            super().connection_lost(exc)

        def _wait_for_header(self) -> None:
            self._header_timer = self.loop.call_later(HTTP_HEADER_SECONDS_MAX, self.transport.abort)

        def _header_has_come(self) -> None:
            if self._header_timer is not None:
                self._header_timer.cancel()
                self._header_timer = None

    return Bounded


def _bound_stalls(transport: asyncio.Transport, seconds: float) -> None:
    """Make the kernel drop the connection when what is sent is not taken for so long."""
    option: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)
    found: Any = transport.get_extra_info("socket")
    if option is not None and found is not None:
        found.setsockopt(socket.IPPROTO_TCP, option, int(seconds * 1000))
