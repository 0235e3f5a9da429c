"""
The context of a running RPC, which pyarrow hands out as a bare pointer.

Rule: nobody but this file keeps a context, and after `LiveCall.end` nobody reaches it: using one
after its RPC crashes the process.
"""

import logging
from threading import Lock

import pyarrow.flight as fl

from query_engine.errors import TooManyCalls
from query_engine.failures import as_lake_error
from query_engine.flight.call_slot import MIDDLEWARE as SLOTS
from query_engine.flight.caller import MIDDLEWARE as CALLER
from query_engine.flight.errors import as_flight_error, trailers_of
from query_engine.flight.headers import MIDDLEWARE
from query_engine.flight.request import Call
from query_engine.headers import parse_headers

log = logging.getLogger(__name__)


class LiveCall:
    """One RPC from its begin to its end. Thread-safe."""

    def __init__(self, context: fl.ServerCallContext) -> None:
        self._lock = Lock()
        self._context: fl.ServerCallContext | None = context

    def opened(self) -> Call:
        """
        Return what commands may know of the call.

        Raises:
            CallerError: A header cannot be read.
            Forbidden: The caller says to be somebody else.
            TooManyCalls: There is no place for it.
        """
        with self._lock:
            assert self._context is not None, "a call is opened before it ends"
            slot = self._context.get_middleware(SLOTS)
            headers = self._context.get_middleware(MIDDLEWARE).headers
            principal = self._context.get_middleware(CALLER).principal
            client = _host(self._context.peer())
        if not slot.granted:
            raise TooManyCalls(
                f"{slot.calls_max} calls are under way, the limit (flight_calls_max); ask again "
                "later, or ask another query service"
            )
        return Call(parse_headers(headers, client, principal), client, self.is_cancelled)

    def is_cancelled(self) -> bool:
        """Tell whether the client has left, or the call is over."""
        with self._lock:
            return self._context is None or bool(self._context.is_cancelled())

    def add_header(self, name: str, value: str) -> None:
        """Send a header; they leave with the first batch."""
        with self._lock:
            if self._context is not None:
                self._context.add_header(name, value)

    def failed(self, error: BaseException) -> Exception:
        """Put what is known of *error* into the trailers; returns what a handler raises for it."""
        ours = as_lake_error(error, "")
        if ours is not error and ours.http_status >= 500:
            log.error("a call of the Flight door failed", exc_info=error)
        with self._lock:
            if self._context is not None:
                for name, value in trailers_of(ours):
                    self._context.add_trailer(name, value)
        return as_flight_error(ours)

    def end(self) -> None:
        """Let the context go."""
        with self._lock:
            self._context = None


def _host(peer: str) -> str:
    """Return the address in gRPC's name of a peer, such as ``ipv4:127.0.0.1:50000``."""
    return peer.partition(":")[2].rpartition(":")[0]
