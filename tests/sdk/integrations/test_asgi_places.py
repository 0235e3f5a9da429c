"""How an ASGI application comes to be recorded, what passes untouched, and what never breaks."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

import limnograph
from limnograph import span
from limnograph.faults import Faults
from limnograph.integrations import asgi
from tests.sdk.integrations.asgi_shop import Shop
from tests.sdk.integrations.sent import spans, spans_named
from tests.sdk.integrations.servers import asgi_server
from tests.sdk.peer import Peer


@pytest.fixture
def shop() -> Shop:
    found = Shop()
    found.app.add_middleware(asgi.Middleware, exclude=("/health",))
    return found


def test_lifespan_and_excluded_paths_pass_untouched(sdk: Peer, shop: Shop) -> None:
    """
    State of the lifespan arrives, health checks leave nothing.
    """
    shop.app.add_api_route("/health", lambda: "well")
    with asgi_server(shop.app, lifespan="on") as address:
        assert shop.lifespan == ["up"]
        assert httpx.get(f"http://{address}/health").json() == "well"
        assert httpx.get(f"http://{address}/users/1").json() == 1
    assert shop.lifespan == ["up", "down"]
    assert [row["name"] for row in spans(sdk)] == ["GET /users/{user_id}"]


def test_every_application_can_be_instrumented_at_once(sdk: Peer) -> None:
    """
    A mounted application and a middleware besides do not record a second time.
    """
    shop = Shop()
    shop.app.add_middleware(asgi.Middleware)
    before = vars(Starlette)["__call__"]
    asgi.instrument()
    asgi.instrument()
    try:
        with asgi_server(shop.app) as address:
            httpx.get(f"http://{address}/tenants/t1/in/8")
            assert httpx.get(f"http://{address}/broken").status_code == 500
    finally:
        asgi.uninstrument()
    assert vars(Starlette)["__call__"] is before
    first, second = spans(sdk)
    assert first["name"] == "GET /tenants/{tenant}/in/{x}"
    assert second["properties"]["error.type"] == "ZeroDivisionError"


def test_middlewares_that_run_the_application_in_a_task_keep_the_trace(sdk: Peer) -> None:
    """
    BaseHTTPMiddleware calls on in another task: spans inside are still inside.
    """

    async def handler(_request: Request) -> PlainTextResponse:
        with span("inside"):
            return PlainTextResponse("x")

    async def dispatch(request: Request, call_next: Any) -> Any:
        with span("round it"):
            return await call_next(request)

    app: Any = Starlette(routes=[Mount("/a", routes=[Route("/b", handler)])])
    app.add_middleware(BaseHTTPMiddleware, dispatch=dispatch)
    with asgi_server(asgi.Middleware(app)) as address:
        assert httpx.get(f"http://{address}/a/b").text == "x"
    outer, middle, inner = spans(sdk)
    assert [outer["name"], middle["name"], inner["name"]] == ["GET /a/b", "round it", "inside"]
    assert (middle["parent"], inner["parent"]) == (outer["id"], middle["id"])


def test_requests_are_served_when_nothing_is_recorded(shop: Shop, peer: Peer) -> None:
    """
    Before init and after shutdown the application answers as ever.
    """
    with asgi_server(shop.app) as address:
        assert httpx.get(f"http://{address}/users/1").json() == 1
        assert limnograph.init("shop", peer.uri)
        assert httpx.get(f"http://{address}/users/2").json() == 2
        spans_named(peer, "GET /users/{user_id}")
        limnograph.shutdown(5)
        assert httpx.get(f"http://{address}/users/3").json() == 3


def test_a_middleware_inside_a_mounted_application_knows_the_whole_route(sdk: Peer) -> None:
    """
    And the root path that a proxy takes away is no part of it, wherever the middleware stands.
    """

    async def handler(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("x")

    inner: Any = Starlette(routes=[Route("/in/{x}", handler)])
    inner.add_middleware(asgi.Middleware)
    outer = FastAPI()
    outer.mount("/tenants/{tenant}", inner)
    with asgi_server(outer, root_path="/proxied") as address:
        assert httpx.get(f"http://{address}/tenants/t1/in/8").text == "x"
        spans_named(sdk, "GET /tenants/{tenant}/in/{x}")
        asgi.instrument()
        try:
            assert httpx.get(f"http://{address}/tenants/t2/in/9").text == "x"
        finally:
            asgi.uninstrument()
    assert [row["name"] for row in spans(sdk)] == ["GET /tenants/{tenant}/in/{x}"] * 2


class HostileError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


def test_an_exception_without_a_text_passes_through(sdk: Peer) -> None:
    """
    The application's own exception leaves it, and the span is told as far as possible.
    """
    failure = HostileError()

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        scope["path_params"] = "no mapping"
        scope["route"], scope["app_root_path"] = object(), 7
        raise failure

    async def main() -> None:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        await asgi.Middleware(app)(scope, None, None)  # type: ignore[arg-type]

    with pytest.raises(HostileError) as caught:
        asyncio.run(main())
    assert caught.value is failure
    with span("after"):
        pass
    row, after = spans(sdk)
    assert row["status"] == 2
    assert row["properties"]["exception.type"] == "HostileError"
    assert after["depth"] == 0
    Faults.count, Faults.last = 0, ""


@pytest.mark.parametrize("headers", [None, [(b"host", 7)], [(b"traceparent", b"\xff")]])
def test_a_fault_of_ours_breaks_no_request(sdk: Peer, headers: Any) -> None:
    """
    A scope that no server should send reaches the application as it is.
    """
    seen = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["headers"])

    async def main() -> None:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
        await asgi.Middleware(app)(scope, None, None)  # type: ignore[arg-type]

    asyncio.run(main())
    assert seen == [headers]
    Faults.count, Faults.last = 0, ""
