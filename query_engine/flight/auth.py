"""
The handshake, with which clients of a user and a password begin.

Who calls is known before it: the gate (`caller`) has read the headers, and answers with a token.
"""

import contextlib
from threading import BoundedSemaphore
from typing import Any

import pyarrow as pa
import pyarrow.flight as fl


class OpenHandshake(fl.ServerAuthHandler):  # type: ignore[misc]
    """
    Makes the Handshake RPC answer; without a handler it is UNIMPLEMENTED.

    Args:
        places: One for each who may shake hands at a time, waiting for its client in a thread.
    """

    def __init__(self, places: BoundedSemaphore) -> None:
        super().__init__()
        self._places = places

    def authenticate(self, outgoing: object, incoming: Any) -> None:  # noqa: ARG002
        """Hear one message, if there is one, and let the handshake end."""
        if not self._places.acquire(blocking=False):
            raise fl.FlightUnavailableError("too many handshakes are under way; try again")
        # A client that still sends when the handshake has ended aborts inside gRPC.
        try:
            with contextlib.suppress(OSError, pa.ArrowException):
                incoming.read()
        finally:
            self._places.release()

    def is_valid(self, token: bytes) -> bytes:  # noqa: ARG002  (the signature is pyarrow's)
        """Return no identity: a token that is not in a header is not looked at."""
        return b""
