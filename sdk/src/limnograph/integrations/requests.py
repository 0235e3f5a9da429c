"""
requests: a span for each request that a session sends.

    limnograph.integrations.requests.instrument()

Named by the method; redirects are part of it. The server gets a ``traceparent`` header, so that
what it does belongs to the same trace. The body of a streamed response is read after the span.
"""

import threading
from typing import Any

import requests

from limnograph import metric, span
from limnograph.integrations import client_request
from limnograph.integrations.operation import Names, recording
from limnograph.integrations.patches import Patches
from limnograph.recorder import Span

_DURATION = metric("http.client.request.duration", "s")
_PATCHES = Patches()
_SENDING = threading.local()
"""``session``: the one that is sending on this thread, as it sends redirects through itself."""


def _span(name: str) -> Span:
    return span(name)


_SPANS = Names(_span, "HTTP")


def instrument() -> None:
    """Record what every session of this process sends from now on."""
    _PATCHES.apply((requests.Session, "send", _send))


def uninstrument() -> None:
    """Put the session's own method back."""
    _PATCHES.revert()


def _send(original: Any) -> Any:
    def send(session: Any, request: Any, **options: Any) -> Any:
        outer = getattr(_SENDING, "session", None)
        if outer is session or not _PATCHES.on or not recording():
            return original(session, request, **options)
        operation = client_request.begin(
            _SPANS, _DURATION, request.method, request.url, request.headers
        )
        if operation is None:
            return original(session, request, **options)
        _SENDING.session = session
        try:
            response = original(session, request, **options)
        except BaseException as exc:
            client_request.finish(operation, None, exc)
            raise
        finally:
            _SENDING.session = outer
        client_request.finish(operation, response.status_code, None)
        return response

    return send
