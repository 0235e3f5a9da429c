"""
Who is calling: for now everybody is let in, whatever credentials they bring.

Clients with a user and a password begin with a handshake and expect a token, which they send with
every later call; they get one, and nobody looks at it. This is the one place to change that.
"""

import contextlib
from threading import BoundedSemaphore
from typing import Any

import pyarrow as pa
import pyarrow.flight as fl

_TOKEN = "anybody"  # noqa: S105  (it opens nothing)


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
        """Return the caller's identity: nobody in particular."""
        return b""


def handshake_headers(authorization: str) -> dict[str, str]:
    """Return what a call with this header is answered with: a token in place of a password."""
    basic = authorization.strip().lower().startswith("basic ")
    return {"authorization": f"Bearer {_TOKEN}"} if basic else {}
