"""
WSGI applications (Flask, Django and every other): a span for each request.

    app.wsgi_app = limnograph.integrations.wsgi.Middleware(app.wsgi_app)     # Flask
    application = limnograph.integrations.wsgi.Middleware(application)       # any other

or, for every Flask application of the process, ``wsgi.instrument()``.

The span continues the trace of a ``traceparent`` header. It lasts until the response's iterable is
exhausted or closed, and so does ``http.server.request.duration``: a list is over at once, a
generator when the server has sent it. A file for the server's ``wsgi.file_wrapper`` is passed on
as it is, as the server sends it in its own way.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import Any, cast

from limnograph import faults, metric, span
from limnograph.integrations import server_request
from limnograph.integrations.operation import Names, Operation, recording
from limnograph.integrations.patches import Patches
from limnograph.recorder import Span

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

_DURATION = metric("http.server.request.duration", "s")
_SEEN = "limnograph.request"
_PATCHES = Patches()


def _span(name: str) -> Span:
    return span(name)


_SPANS = Names(_span, "HTTP")


def route_template(environ: Environ) -> str:
    """Return the route that Flask (or another on Werkzeug) or Bottle took, "" if not known."""
    rule = getattr(environ.get("werkzeug.request"), "url_rule", None)
    if rule is None:
        rule = environ.get("bottle.route")
    return str(getattr(rule, "rule", ""))


class Middleware:
    """
    A WSGI application round another one, recording what passes through.

    Args:
        app: The application.
        exclude: Paths that are not recorded, exactly as requested: health checks, scrapes.
        route: Finds the route template after the application was called, for frameworks that
            leave it somewhere else in the environ.
    """

    def __init__(
        self,
        app: Application,
        exclude: Collection[str] = (),
        route: Callable[[Environ], str] = route_template,
    ) -> None:
        self.app = app
        self._exclude = frozenset(exclude)
        self._route = route

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Serve one request."""
        if environ.get("PATH_INFO") in self._exclude:
            environ[_SEEN] = True
        return _serve(self.app, environ, start_response, self._route)


def instrument() -> None:
    """Record the requests of every Flask application of this process."""
    from flask import Flask

    _PATCHES.apply((Flask, "__call__", _call))


def uninstrument() -> None:
    """Put Flask's own method back."""
    _PATCHES.revert()


def _call(original: Any) -> Any:
    def __call__(app: Any, environ: Environ, start_response: Any) -> Iterable[bytes]:  # noqa: N807
        serve = partial(original, app)
        if _PATCHES.on:
            return _serve(serve, environ, start_response, route_template)
        return cast("Iterable[bytes]", serve(environ, start_response))

    return __call__


def _serve(
    app: Application, environ: Environ, start_response: Any, route: Callable[[Environ], str]
) -> Iterable[bytes]:
    if _SEEN in environ or not recording():
        return app(environ, start_response)
    request = _begin(environ, route)
    if request is None:
        return app(environ, start_response)

    def starting(status: str, headers: Any, exc_info: Any = None) -> Any:
        request.starts(status)
        if exc_info is None:
            return start_response(status, headers)
        return start_response(status, headers, exc_info)

    try:
        body = app(environ, starting)
    except BaseException as exc:
        request.end(exc)
        raise
    wrapper = environ.get("wsgi.file_wrapper")
    is_file = isinstance(wrapper, type) and isinstance(body, wrapper)
    if is_file or isinstance(body, list | tuple):
        request.end(None)
        return body
    return _Body(body, request)


class _Request:
    """One request on its way through the application."""

    def __init__(
        self, environ: Environ, operation: Operation, route: Callable[[Environ], str]
    ) -> None:
        self._environ, self._operation, self._route = environ, operation, route
        self._status = 0
        self._template = ""
        self._over = False

    @faults.guarded
    def starts(self, status: str) -> None:
        """Remember route and status: Flask has forgotten the route when it returns."""
        self._template = self._found_route() or ""
        self._status = int(status[:3])

    def end(self, failure: BaseException | None) -> None:
        """Tell route and status, and close the span; once."""
        if self._over:
            return
        self._over = True
        route = self._template or self._found_route()
        if route:
            self._name(route)
        server_request.finish(self._operation, self._status, failure)

    @faults.guarded
    def _name(self, route: str) -> None:
        operation = self._operation
        operation.set({"http.route": route})
        operation.rename(_SPANS[f"{operation.attributes['http.request.method']} {route}"])

    @faults.guarded
    def _found_route(self) -> str:
        return self._route(self._environ)


class _Body:
    """A response's iterable: the span is over when it is exhausted, failed or closed."""

    def __init__(self, inner: Iterable[bytes], request: _Request) -> None:
        self._inner, self._request = inner, request
        self._parts: Iterator[bytes] | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            if self._parts is None:
                self._parts = iter(self._inner)
            return next(self._parts)
        except StopIteration:
            self._request.end(None)
            raise
        except BaseException as exc:
            self._request.end(exc)
            raise

    def close(self) -> None:
        """Close the application's iterable, as every server does at the end."""
        try:
            close = getattr(self._inner, "close", None)
            if close is not None:
                close()
            self._parts, self._inner = None, ()
        except BaseException as exc:
            self._request.end(exc)
            raise
        self._request.end(None)

    def __del__(self) -> None:
        self._request.end(None)


@faults.guarded
def _begin(environ: Environ, route: Callable[[Environ], str]) -> _Request:
    environ[_SEEN] = True
    headers = {
        name: environ[key]
        for name, key in (("traceparent", "HTTP_TRACEPARENT"), ("tracestate", "HTTP_TRACESTATE"))
        if key in environ
    }
    protocol = environ.get("SERVER_PROTOCOL", "")
    address, port = environ.get("SERVER_NAME", ""), environ.get("SERVER_PORT", "")
    attributes = server_request.attributes(
        method=environ["REQUEST_METHOD"],
        path=(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))
        .encode("latin-1", "replace")
        .decode("utf-8", "replace"),
        scheme=environ.get("wsgi.url_scheme", "http"),
        host=environ.get("HTTP_HOST") or f"{address}:{port}",
        client=environ.get("REMOTE_ADDR"),
        user_agent=environ.get("HTTP_USER_AGENT"),
        version=protocol.partition("/")[2],
    )
    known = _SPANS[attributes["http.request.method"]]
    return _Request(environ, server_request.begin(known, _DURATION, attributes, headers), route)
