"""
httpx: a span for each request that a client sends, sync and async.

    limnograph.integrations.httpx.instrument()

Named by the method; redirects and the steps of an authentication are part of it. The server gets a
``traceparent`` header, so that what it does belongs to the same trace. The body of a streamed
response is read after the span.
"""

from typing import Any

import httpx

from limnograph import faults, metric, span
from limnograph.integrations import client_request
from limnograph.integrations.operation import Names, Operation, recording
from limnograph.integrations.patches import Patches
from limnograph.recorder import Span

_DURATION = metric("http.client.request.duration", "s")
_PATCHES = Patches()


def _span(name: str) -> Span:
    return span(name)


_SPANS = Names(_span, "HTTP")


def instrument() -> None:
    """Record what every client of this process sends from now on."""
    _PATCHES.apply((httpx.Client, "send", _send), (httpx.AsyncClient, "send", _send_async))


def uninstrument() -> None:
    """Put the clients' own methods back."""
    _PATCHES.revert()


def _send(original: Any) -> Any:
    def send(client: Any, request: Any, **options: Any) -> Any:
        operation = _begin(request)
        if operation is None:
            return original(client, request, **options)
        try:
            response = original(client, request, **options)
        except BaseException as exc:
            client_request.finish(operation, None, exc)
            raise
        client_request.finish(operation, response.status_code, None)
        return response

    return send


def _send_async(original: Any) -> Any:
    async def send(client: Any, request: Any, **options: Any) -> Any:
        operation = _begin(request)
        if operation is None:
            return await original(client, request, **options)
        try:
            response = await original(client, request, **options)
        except BaseException as exc:
            client_request.finish(operation, None, exc)
            raise
        client_request.finish(operation, response.status_code, None)
        return response

    return send


def _begin(request: Any) -> Operation | None:
    return _opened(request) if _PATCHES.on and recording() else None


@faults.guarded
def _opened(request: Any) -> Operation | None:
    return client_request.begin(
        _SPANS, _DURATION, request.method, str(request.url), request.headers
    )
