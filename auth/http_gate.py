"""
The gate of an HTTP door: no request reaches a route before it is known who sends it.

Rules: what each route needs stands in a table, one line for each method and path; a route without
a line keeps its service from starting. A path is matched as the router matches it; one that no line
of the table matches, or that is not printable, never reaches the router, and only known callers are
told that it is none. The gate stands before everything that reads a body. Its own faults are 503.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, Literal

from starlette.responses import Response
from starlette.routing import BaseRoute, Route, compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from assets.errors import LakeError, NotFound
from auth.authenticator import AsyncAuthenticator, no_answer
from auth.credential import AUTHORIZATION
from auth.principal import Principal, Role, anybody

Needs = Role | Literal["open", "known"]
"""What a route wants of its caller: nothing at all, a credential, or a role."""

Refusal = Callable[[Scope, LakeError], Response]
"""Makes the answer to a request that is not let in, in the form that its senders understand."""

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="limnograph"'}
"""Header of every 401."""

FRAMEWORK: dict[str, Needs] = {
    "GET /openapi.json": "open",
    "GET /docs": "open",
    "GET /docs/oauth2-redirect": "open",
    "GET /redoc": "open",
}
"""The description of the API, which is the same for every lake."""

_PRINCIPAL = "limnograph.principal"
_NOBODY = anybody()


def principal_of(scope: MutableMapping[str, Any]) -> Principal:
    """Return who sent the request that *scope* belongs to; without a gate, nobody with any role."""
    found: Principal = scope.get(_PRINCIPAL, _NOBODY)
    return found


class RouteRules:
    """
    What each route needs.

    Args:
        needs: By method and path, as ``POST /v1/blocks``; GET stands for HEAD as well.
    """

    def __init__(self, needs: Mapping[str, Needs]) -> None:
        self.needs = needs
        self._exact: dict[tuple[str, str], Needs] = {}
        self._patterns: list[tuple[str, re.Pattern[str], Needs]] = []
        for line, wanted in needs.items():
            method, path = line.split(" ", 1)
            # The router's own pattern: it matches more than the text of the line.
            self._patterns.append((method, compile_path(path)[0], wanted))
            if "{" not in path:
                self._exact[method, path] = wanted

    def of(self, method: str, path: str) -> Needs | None:
        """Return what a request needs; None for one that no route is known to answer."""
        if not path.isprintable():
            return None
        method = "GET" if method == "HEAD" else method
        found = self._exact.get((method, path))
        if found is not None:
            return found
        for known, pattern, wanted in self._patterns:
            if known == method and pattern.match(path):
                return wanted
        # A path that answers other methods is told so by the router: no route of it takes this one.
        return "known" if any(one.match(path) for _, one, _ in self._patterns) else None

    def check(self, routes: Iterable[BaseRoute]) -> None:
        """
        Return if every one of *routes* has its rule.

        Raises:
            LookupError: One has none.
        """
        missing = [line for line in lines_of(routes) if line not in self.needs]
        if missing:
            raise LookupError(f"no rule says who may use {', '.join(missing)}")


def lines_of(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[str]:
    """
    Yield method and path of each route, as they stand in a table of rules.

    Args:
        routes: Of an application or a router; a router that is included in it brings its own.
        prefix: What their paths stand below.

    Raises:
        LookupError: One is of a kind of which it is not known what it answers.
    """
    for route in routes:
        included: Any = getattr(route, "original_router", None)
        if included is not None:
            below: Any = getattr(route, "include_context", None)
            yield from lines_of(included.routes, f"{prefix}{below.prefix}")
        elif isinstance(route, Route):
            for method in sorted({"HEAD": "GET"}.get(one, one) for one in route.methods or ()):
                yield f"{method} {prefix}{route.path}"
        else:
            raise LookupError(f"no rule can say who may use {route!r}")


class HttpGate:
    """
    ASGI middleware that lets nobody through of whom it is not known who they are.

    Args:
        app: What stands behind it.
        authenticator: Says who calls.
        rules: What each route needs.
        refusal: Makes the answer to those who are not let in.
        key_headers: Paths of which the credential may stand in a header of its own, and which.
    """

    def __init__(
        self,
        app: ASGIApp,
        authenticator: AsyncAuthenticator,
        rules: RouteRules,
        refusal: Refusal,
        key_headers: Mapping[str, str] | None = None,
    ) -> None:
        self._app, self._authenticator = app, authenticator
        self._rules, self._refusal = rules, refusal
        self._key_headers = {
            path: name.lower().encode() for path, name in (key_headers or {}).items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with who sends it, or answer it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http":
            try:
                scope[_PRINCIPAL] = await self._let_in(scope)
            except LakeError as error:
                await self._refused(error, scope)(scope, receive, send)
                return
            except Exception as exc:
                await self._refused(no_answer(exc), scope)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refused(self, error: LakeError, scope: Scope) -> Response:
        answer = self._refusal(scope, error)
        if error.http_status == 401:
            answer.headers.update(CHALLENGE)
        return answer

    async def _let_in(self, scope: Scope) -> Principal:
        path = _path(scope)
        needs = self._rules.of(scope["method"], path)
        if needs == "open":
            return _NOBODY
        headers = scope["headers"]
        own = self._key_headers.get(path)
        principal = await self._authenticator.authenticate(
            [value for name, value in headers if name == AUTHORIZATION.encode()],
            also=[value for name, value in headers if name == own] if own else (),
        )
        if needs is None:
            raise NotFound("there is nothing here that answers this method at this path")
        principal.check(None if needs == "known" else needs)
        return principal


def _path(scope: Scope) -> str:
    """Return the path below the root path, as the router sees it."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    if root and (path == root or path.startswith(f"{root}/")):
        return path[len(root) :]
    return path
