"""One keep-alive HTTP connection to the receiver, over the standard library."""

import codecs
import http.client
import os
import time
from email.utils import parsedate_to_datetime
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from limnograph.limits import RESPONSE_BYTES_MAX, RETRY_AFTER_MAX_S, SEND_TIMEOUT_S
from limnograph.wire.envelope import CONTENT_TYPE

codecs.lookup("idna")
"""
Every connect needs it and would import it then: in a child forked during that import, by a thread
that the fork did not copy, the import would never end.
"""

_PATH = "/v1/blocks"
_STALE = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)


class Answer(NamedTuple):
    """What the receiver said; ``retry_after_s`` is 0 when it named no time."""

    status: int
    retry_after_s: float
    text: str


class Delivery(Protocol):
    """What the sender hands bodies to: a Connection, or something of the same shape in tests."""

    @property
    def endpoint(self) -> str:
        """Where bodies go, for messages."""

    def post(self, body: bytes, timeout_s: float = SEND_TIMEOUT_S) -> Answer:
        """Deliver *body* and return the answer."""

    def close(self) -> None:
        """Let go of whatever is open."""

    def abandon(self) -> None:
        """Let go, in the child of a fork, of what is the parent's."""


class Connection:
    """
    Posts bodies to one endpoint.

    Args:
        endpoint: ``http://host:port`` or ``https://...``, with or without a path before ours.
        api_key: Sent as a bearer token when given.

    Raises:
        ValueError: The endpoint is no such address, or the key cannot stand in a header.

    Attributes:
        endpoint: The same address for messages, without a user and password.
    """

    def __init__(self, endpoint: str, api_key: str | None = None) -> None:
        parts = urlsplit(endpoint)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"not an http(s) address: {endpoint!r}")
        self.endpoint = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        self._host, self._port, self._tls = parts.hostname, parts.port, parts.scheme == "https"
        self._path = parts.path.rstrip("/") + _PATH
        self._headers = {"Content-Type": CONTENT_TYPE, "User-Agent": "limnograph-python"}
        if api_key:
            api_key = api_key.strip()
            if not api_key.isascii() or not api_key.isprintable():
                raise ValueError("the API key holds characters that a header cannot carry")
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._open: http.client.HTTPConnection | None = None

    def post(self, body: bytes, timeout_s: float = SEND_TIMEOUT_S) -> Answer:
        """
        Send *body* and return the answer.

        A kept connection that the peer has closed meanwhile is opened anew, once.

        Raises:
            OSError: The network failed.
            http.client.HTTPException: The peer does not speak HTTP.
        """
        reused = self._open is not None
        try:
            return self._exchange(body, timeout_s)
        except _STALE:
            self.close()
            if not reused:
                raise
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        try:
            return self._exchange(body, timeout_s)
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; the next post opens another."""
        kept, self._open = self._open, None
        if kept is not None:
            kept.close()

    def abandon(self) -> None:
        """
        Close only this process's handle of an inherited connection.

        The objects round it may be locked by a thread that the fork did not copy, so they are
        left alone.
        """
        sock = getattr(self._open, "sock", None)
        if sock is not None:
            os.close(sock.detach())

    def _exchange(self, body: bytes, timeout_s: float) -> Answer:
        if self._open is None:
            kind = http.client.HTTPSConnection if self._tls else http.client.HTTPConnection
            self._open = kind(self._host, self._port, timeout=timeout_s)
        elif self._open.sock is not None:
            self._open.sock.settimeout(timeout_s)
        self._open.request("POST", self._path, body, self._headers)
        response = self._open.getresponse()
        text = response.read(RESPONSE_BYTES_MAX)
        if not response.isclosed():
            self.close()
        retry_after_s = _seconds(response.headers.get("Retry-After", ""))
        return Answer(response.status, retry_after_s, text.decode("utf-8", "replace"))


def _seconds(retry_after: str) -> float:
    """Return the wait that a Retry-After asks for: seconds or a date; 0 for nonsense."""
    try:
        wait_s = float(retry_after)
    except ValueError:
        try:
            wait_s = parsedate_to_datetime(retry_after).timestamp() - time.time()
        except (ValueError, TypeError):
            return 0.0
    return min(max(wait_s, 0.0), RETRY_AFTER_MAX_S) if wait_s == wait_s else 0.0  # noqa: PLR0124 - NaN
