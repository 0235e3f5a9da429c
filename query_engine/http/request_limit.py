"""A bound on the requests that are answered at once; further ones are told to come back."""

from starlette.types import ASGIApp, Receive, Scope, Send

from query_engine.errors import TooManyRequests
from query_engine.http.response import error_response

_ALWAYS = frozenset({"/health", "/ready", "/metrics"})
"""Whoever watches the service is answered when it is full, and whoever stops a query (DELETE)."""


class RequestLimit:
    """
    ASGI middleware: one request more than the limit is answered 503.

    Args:
        app: What answers.
        requests_max: How many requests may be under way.
    """

    def __init__(self, app: ASGIApp, requests_max: int) -> None:
        self._app, self._requests_max = app, requests_max
        self._taken = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if there is a place for it."""
        if scope["type"] != "http" or scope["method"] == "DELETE" or _path(scope) in _ALWAYS:
            await self._app(scope, receive, send)
            return
        if self._taken >= self._requests_max:
            error = TooManyRequests(
                f"{self._taken} requests are under way, the limit (http_requests_max); "
                "ask again later, or ask another query service"
            )
            await error_response(error)(scope, receive, send)
            return
        self._taken += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._taken -= 1


def _path(scope: Scope) -> str:
    """Return the path below the base path, which a proxy may have left in front."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
