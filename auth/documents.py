"""
Fetching a provider's JSON documents: bounded in time and size, and from where it was said.

Rule: the time is that of the whole fetch. A provider that sends a byte now and then, before its
answer or within, is as far away as one that sends none.
"""

import http.client
import io
import json
import socket
import time
import urllib.error
import urllib.request
from functools import partial
from typing import Any

from auth.errors import ProviderUnavailable
from auth.limits import PROVIDER_BYTES_MAX, PROVIDER_TIMEOUT_S


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A document that moves elsewhere is not followed: only what was set is trusted."""

    def redirect_request(self, *_: Any) -> None:
        return None


class _Until(io.RawIOBase):
    """What comes over a connection, until a deadline."""

    def __init__(self, raw: io.RawIOBase, connected: socket.socket, deadline: float) -> None:
        self._raw, self._connected, self._deadline = raw, connected, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = self._deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError(f"PROVIDER_TIMEOUT_S = {PROVIDER_TIMEOUT_S} have passed")
        self._connected.settimeout(left_s)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer that is read until the deadline of its connection."""

    def __init__(self, connected: socket.socket, *args: Any, deadline: float, **named: Any) -> None:
        super().__init__(connected, *args, **named)
        raw: Any = self.fp.detach()
        self.fp = io.BufferedReader(_Until(raw, connected, deadline))


def _in_time(kind: Any) -> Any:
    """Return that kind of connection, with one deadline for all that it waits for."""

    class InTime(kind):  # type: ignore[misc]
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            deadline = time.monotonic() + self.timeout
            self.response_class = partial(_Answer, deadline=deadline)

    return InTime


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_in_time(http.client.HTTPConnection), req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_in_time(http.client.HTTPSConnection), req)


_opener = urllib.request.build_opener(_NoRedirect, _Http, _Https)


def fetch_json(url: str) -> dict[str, Any]:
    """
    Return the JSON object at *url*.

    Raises:
        ProviderUnavailable: There is none, for whatever reason.
    """
    try:
        request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310 (checked by settings)
        with _opener.open(request, timeout=PROVIDER_TIMEOUT_S) as answer:
            data = answer.read(PROVIDER_BYTES_MAX + 1)
    except (OSError, ValueError, http.client.HTTPException) as exc:
        raise ProviderUnavailable(f"the provider does not answer at {url}: {exc}") from exc
    if len(data) > PROVIDER_BYTES_MAX:
        raise ProviderUnavailable(
            f"{url} has more than PROVIDER_BYTES_MAX = {PROVIDER_BYTES_MAX} bytes"
        )
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise ProviderUnavailable(f"{url} is not JSON: {exc}") from exc
    if not isinstance(document, dict):
        raise ProviderUnavailable(f"{url} is no JSON object")
    return document
