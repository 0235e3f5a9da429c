"""
ASGI applications (FastAPI, Starlette and every other): a span for each request and websocket.

    app.add_middleware(limnograph.integrations.asgi.Middleware)     # FastAPI, Starlette
    app = limnograph.integrations.asgi.Middleware(app)              # any other

or, for every Starlette and FastAPI application of the process, ``asgi.instrument()``.

The span is named by method and route template (``GET /users/{id}``), continues the trace of a
``traceparent`` header, and lasts until the application returns, background tasks included; the
metric ``http.server.request.duration`` ends with the last byte of the response. ``lifespan`` and
requests that another of our middlewares has already are passed on untouched.
"""

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from functools import partial
from typing import Any

from limnograph import faults, metric, span
from limnograph.integrations import server_request
from limnograph.integrations.operation import Attributes, Names, Operation, recording
from limnograph.integrations.patches import Patches
from limnograph.recorder import Span

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_DURATION = metric("http.server.request.duration", "s")
_SEEN = "limnograph.request"
_HEADERS = frozenset({b"host", b"user-agent", b"traceparent", b"tracestate"})
_PATCHES = Patches()


def _span(name: str) -> Span:
    return span(name)


_SPANS = Names(_span, "HTTP")


class Middleware:
    """
    An ASGI application round another one, recording what passes through.

    Args:
        app: The application.
        exclude: Paths that are not recorded, exactly as requested: health checks, scrapes.
    """

    def __init__(self, app: Application, exclude: Collection[str] = ()) -> None:
        self.app = app
        self._exclude = frozenset(exclude)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "lifespan" and scope.get("path") in self._exclude:
            scope[_SEEN] = True
        await _serve(self.app, scope, receive, send)


def instrument() -> None:
    """Record the requests of every Starlette and FastAPI application of this process."""
    from starlette.applications import Starlette

    _PATCHES.apply((Starlette, "__call__", _call))


def uninstrument() -> None:
    """Put Starlette's own method back."""
    _PATCHES.revert()


def _call(original: Any) -> Any:
    async def __call__(app: Any, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: N807
        if _PATCHES.on:
            await _serve(partial(original, app), scope, receive, send)
        else:
            await original(app, scope, receive, send)

    return __call__


async def _serve(app: Application, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] not in {"http", "websocket"} or _SEEN in scope or not recording():
        await app(scope, receive, send)
        return
    request = _begin(scope)
    if request is None:
        await app(scope, receive, send)
        return

    async def receiving() -> Message:
        message = await receive()
        request.received(message)
        return message

    async def sending(message: Message) -> None:
        request.sent(message)
        await send(message)
        request.delivered(message)

    try:
        await app(scope, receiving, sending)
    except BaseException as exc:
        request.end(exc)
        raise
    request.end(None)


class _Request:
    """One request or websocket on its way through the application."""

    def __init__(self, scope: Scope, operation: Operation) -> None:
        self._scope, self._operation = scope, operation
        self._status = 0
        self._complete = False

    @faults.guarded
    def received(self, message: Message) -> None:
        """Look at what the client did."""
        kind = message["type"]
        if kind == "http.disconnect" and not self._complete:
            self._operation.set({"client.disconnected": True})
        elif kind == "websocket.disconnect":
            self._operation.set({"websocket.close_code": message.get("code", 1005)})

    @faults.guarded
    def sent(self, message: Message) -> None:
        """Look at what the application answers."""
        kind = message["type"]
        if kind in {"http.response.start", "websocket.http.response.start"}:
            self._status = message["status"]
        elif kind == "websocket.accept":
            self._status = 101
        elif kind == "websocket.close":
            if not self._status:
                self._status = 403
            else:
                self._operation.set({"websocket.close_code": message.get("code", 1000)})

    @faults.guarded
    def delivered(self, message: Message) -> None:
        """Let the duration end with the last part of the body."""
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._complete = True
            self._operation.measure()

    def end(self, failure: BaseException | None) -> None:
        """Tell route and status, and close the span."""
        self._name()
        server_request.finish(self._operation, self._status, failure)

    @faults.guarded
    def _name(self) -> None:
        operation = self._operation
        route = route_template(self._scope)
        if route:
            operation.set({"http.route": route})
            operation.rename(_SPANS[f"{operation.attributes['http.request.method']} {route}"])


@faults.guarded
def _begin(scope: Scope) -> _Request:
    scope[_SEEN] = True
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name in _HEADERS:
            key, text = name.decode("ascii"), value.decode("latin-1")
            headers[key] = f"{headers[key]},{text}" if key in headers else text
    websocket = scope["type"] == "websocket"
    client = scope.get("client")
    attributes: Attributes = server_request.attributes(
        method="GET" if websocket else scope["method"],
        path=scope["path"],
        scheme=scope.get("scheme") or ("ws" if websocket else "http"),
        host=headers.get("host") or _listening(scope),
        client=client[0] if client else None,
        user_agent=headers.get("user-agent"),
        version=scope.get("http_version"),
    )
    if websocket:
        attributes["network.protocol.name"] = "websocket"
    known = _SPANS[attributes["http.request.method"]]
    duration = None if websocket else _DURATION
    return _Request(scope, server_request.begin(known, duration, attributes, headers))


def _listening(scope: Scope) -> str:
    server = scope.get("server")
    if not server:
        return ""
    return f"{server[0]}:{server[1]}" if server[1] else str(server[0])


def route_template(scope: Scope) -> str:
    """
    Return the route that an application of Starlette or FastAPI took, "" when none is known.

    Args:
        scope: As the application has left it.
    """
    route = scope.get("route")
    if route is None:
        return ""
    included = scope.get("fastapi")
    effective = included.get("effective_route_context") if isinstance(included, dict) else None
    if effective is not None and getattr(effective, "original_route", None) is route:
        own = effective.path  # the prefix of the routers that include it stands only there
    else:
        own = "" if hasattr(route, "routes") else getattr(route, "path", "")
    mounted = ""
    if "app_root_path" in scope:  # mounts lengthen root_path by what they matched
        mounted = scope["root_path"].removeprefix(scope["app_root_path"])
    return _with_names(mounted, scope.get("path_params") or {}) + str(own)


def _with_names(mounted: str, params: dict[str, Any]) -> str:
    """Return what mounts matched with the values of their parameters as names again."""
    names = {str(value): name for name, value in params.items()}
    return "/".join(f"{{{names[part]}}}" if part in names else part for part in mounted.split("/"))
