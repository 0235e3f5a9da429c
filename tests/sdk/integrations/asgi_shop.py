"""A FastAPI application with every kind of answer, for the tests of servers."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, BackgroundTasks, FastAPI, HTTPException, WebSocket
from fastapi.responses import StreamingResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from limnograph import log, span
from tests.sdk.integrations.servers import DEADLINE_S


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
