"""ASGI applications behind a real uvicorn: one span a request, named by its route."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, BackgroundTasks, FastAPI, HTTPException, WebSocket
from fastapi.responses import StreamingResponse
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import limnograph
from limnograph import log, span
from limnograph.faults import Faults
from limnograph.integrations import asgi
from tests.sdk.integrations.sent import logs, measures, spans, spans_named
from tests.sdk.integrations.servers import DEADLINE_S, asgi_server
from tests.sdk.peer import Peer

TRACE = "0af7651916cd43dd8448eb211c80319c"
REMOTE = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "tracestate": "a=1"}


class Shop:
    """An application with every kind of answer, and what became of it."""

    def __init__(self) -> None:
        self.lifespan: list[str] = []
        self.left = threading.Event()
        self.app = FastAPI(lifespan=self._lifespan)
        self.app.add_api_route("/users/{user_id}", self.user)
        self.app.add_api_route("/stream", self.stream)
        self.app.add_api_route("/endless", self.endless)
        self.app.add_api_route("/broken", self.broken)
        self.app.add_api_route("/refused", self.refused)
        self.app.add_api_route("/later", self.later)
        self.app.add_api_websocket_route("/chat/{room}", self.chat)
        inner = APIRouter(prefix="/items")
        inner.add_api_route("/{item}", self.item)
        self.app.include_router(inner, prefix="/v1")
        self.app.mount("/tenants/{tenant}", Starlette(routes=[Route("/in/{x}", self.mounted)]))

    @asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncIterator[dict[str, int]]:
        self.lifespan.append("up")
        yield {"answer": 42}
        self.lifespan.append("down")

    async def user(self, user_id: int, request: Request) -> int:
        assert request.state.answer == 42
        log.info("user %d", user_id)
        return user_id

    def item(self, item: str) -> str:
        with span("in a thread of the pool"):
            return item

    async def mounted(self, _request: Request) -> PlainTextResponse:
        return PlainTextResponse("in")

    async def stream(self) -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for number in range(3):
                with span("part"):
                    yield b"%d" % number

        return StreamingResponse(parts())

    async def endless(self) -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x"
                    await asyncio.sleep(0.001)
            finally:
                self.left.set()

        return StreamingResponse(parts())

    async def broken(self) -> None:
        raise ZeroDivisionError("by nought")

    async def refused(self) -> None:
        raise HTTPException(503, "not now")

    async def later(self, tasks: BackgroundTasks) -> str:
        def work() -> None:
            with span("work"):
                self.left.wait(DEADLINE_S)

        tasks.add_task(work)
        return "soon"

    async def chat(self, websocket: WebSocket, room: str) -> None:
        if room == "closed":
            await websocket.close(4003)
            return
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        await websocket.close(1000)


@pytest.fixture
def shop() -> Shop:
    found = Shop()
    found.app.add_middleware(asgi.Middleware, exclude=("/health",))
    return found


@pytest.fixture
def url(shop: Shop, sdk: Peer) -> Iterator[str]:
    with asgi_server(shop.app) as address:
        yield f"http://{address}"


def test_a_request_is_a_span_named_by_its_route(sdk: Peer, url: str) -> None:
    """
    Method, route, status, addresses and the remote parent are kept; the duration is measured.
    """
    answer = httpx.get(f"{url}/users/7?token=hush", headers={"user-agent": "test", **REMOTE})
    assert answer.json() == 7
    (row,) = spans_named(sdk, "GET /users/{user_id}")
    port = url.rpartition(":")[2]
    assert row["status"] == 1
    assert row["target"] == asgi.__name__
    span_id = row["properties"].pop("span_id")
    assert len(span_id) == 16
    assert row["properties"] == {
        "trace_id": TRACE,
        "parent_span_id": "b7ad6b7169203331",
        "http.request.method": "GET",
        "http.route": "/users/{user_id}",
        "http.response.status_code": "200",
        "url.path": "/users/7",
        "url.scheme": "http",
        "server.address": "127.0.0.1",
        "server.port": port,
        "client.address": "127.0.0.1",
        "user_agent.original": "test",
        "network.protocol.version": "1.1",
    }
    assert logs(sdk)[0]["properties"]["span_id"] == str(row["id"])
    (duration,) = measures(sdk, "http.server.request.duration")
    assert duration["unit"] == "s"
    assert 0 < duration["value"] <= row["duration"] / 1e9 + 0.001
    assert duration["properties"] == {
        "http.request.method": "GET",
        "http.route": "/users/{user_id}",
        "http.response.status_code": "200",
        "url.scheme": "http",
    }


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/items/a", "GET /v1/items/{item}"),
        ("/tenants/t1/in/8", "GET /tenants/{tenant}/in/{x}"),
        ("/nowhere", "GET"),
    ],
)
def test_routes_are_templates_wherever_they_stand(
    sdk: Peer, url: str, path: str, name: str
) -> None:
    """
    In included routers, in mounted applications; without a route the name is the method.
    """
    httpx.get(url + path)
    (row,) = spans_named(sdk, name)
    assert row["properties"].get("http.route") == (name[4:] or None)
    inner = [one for one in spans(sdk) if one["name"] == "in a thread of the pool"]
    assert all(one["parent"] == row["id"] for one in inner)


def test_failures_are_seen_as_such(sdk: Peer, url: str) -> None:
    """
    An exception is kept with its trace, 5xx is an error, 4xx is none.
    """
    assert httpx.get(f"{url}/broken").status_code == 500
    assert httpx.get(f"{url}/refused").status_code == 503
    assert httpx.post(f"{url}/refused").status_code == 405
    assert httpx.request("PROPFIND", f"{url}/refused").status_code == 405
    (broken,) = spans_named(sdk, "GET /broken")
    assert broken["status"] == 2
    assert broken["properties"]["http.response.status_code"] == "500"
    assert broken["properties"]["error.type"] == "ZeroDivisionError"
    assert broken["properties"]["exception.message"] == "by nought"
    assert "test_asgi.py" in broken["properties"]["exception.stacktrace"]
    (refused,) = spans_named(sdk, "GET /refused")
    assert (refused["status"], refused["properties"]["error.type"]) == (2, "503")
    (post,) = spans_named(sdk, "POST /refused")
    assert (post["status"], post["properties"]["http.response.status_code"]) == (1, "405")
    (other,) = spans_named(sdk, "_OTHER /refused")
    assert other["properties"]["http.request.method_original"] == "PROPFIND"


def test_a_streamed_response_lasts_until_its_last_part(sdk: Peer, url: str) -> None:
    """
    What the stream does is part of the request.
    """
    assert httpx.get(f"{url}/stream").text == "012"
    (row,) = spans_named(sdk, "GET /stream")
    parts = spans_named(sdk, "part", 3)
    assert {part["parent"] for part in parts} == {row["id"]}
    assert row["duration"] >= sum(part["duration"] for part in parts)


def test_a_client_that_leaves_ends_the_span(sdk: Peer, url: str, shop: Shop) -> None:
    """
    It is told as what it is, and is no failure of the application.
    """
    with httpx.stream("GET", f"{url}/endless") as answer:
        next(answer.iter_bytes())
    assert shop.left.wait(DEADLINE_S)
    (row,) = spans_named(sdk, "GET /endless")
    assert row["properties"]["client.disconnected"] == "true"
    assert row["properties"]["http.response.status_code"] == "200"


def test_background_tasks_belong_to_the_span_but_not_to_the_duration(
    sdk: Peer, url: str, shop: Shop
) -> None:
    """
    The client has its answer while the task runs.
    """
    assert httpx.get(f"{url}/later").json() == "soon"
    shop.left.wait(0.1)
    shop.left.set()
    (row,) = spans_named(sdk, "GET /later")
    (work,) = spans_named(sdk, "work")
    assert work["parent"] == row["id"]
    (duration,) = measures(sdk, "http.server.request.duration")
    assert row["duration"] / 1e9 - duration["value"] >= 0.05


def test_websockets_are_spans_from_connect_to_close(sdk: Peer, url: str) -> None:
    """
    With route, status of the handshake and close code; they do not count as requests.
    """
    address = url.replace("http", "ws", 1)
    with connect(f"{address}/chat/tea", additional_headers=REMOTE) as socket:
        socket.send("hello")
        assert socket.recv() == "hello"
    with pytest.raises(InvalidStatus):
        connect(f"{address}/chat/closed")
    tea, closed = spans_named(sdk, "GET /chat/{room}", 2)
    assert tea["properties"]["trace_id"] == TRACE
    assert tea["properties"]["network.protocol.name"] == "websocket"
    assert tea["properties"]["http.response.status_code"] == "101"
    assert tea["properties"]["websocket.close_code"] == "1000"
    assert tea["properties"]["url.scheme"] == "ws"
    assert closed["properties"]["http.response.status_code"] == "403"
    assert [tea["status"], closed["status"]] == [1, 1]
    assert measures(sdk, "http.server.request.duration") == []


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
