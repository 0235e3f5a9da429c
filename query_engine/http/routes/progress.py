"""
``/api/queries/{id}/progress``: a query's progress as server-sent events, until it has ended.

Rule: a listener holds its place and looks at the query only while its connection is open.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from assets.errors import LakeError
from auth.http_gate import principal_of
from auth.principal import Principal
from query_engine.http.door import HttpDoor
from query_engine.http.errors import errors
from query_engine.http.response import error_response
from query_engine.http.routes.queries import QueryId, id_of, no_such_query
from query_engine.limits import (
    PROGRESS_APPEAR_SECONDS,
    PROGRESS_LOOK_SECONDS,
    PROGRESS_SILENCE_SECONDS,
)
from query_engine.running import RunningQuery
from query_engine.status import progress_of

EVENTS: dict[int | str, dict[str, object]] = {
    200: {
        "description": "Events `progress`, then one `end`; the data of each is what "
        "`/api/queries/{query_id}` answers.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


def routes(door: HttpDoor) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["queries"])

    @router.get(
        "/api/queries/{query_id}/progress",
        response_class=Response,
        responses=EVENTS | errors(400, 404, 503),
    )
    async def follow_query(request: Request, query_id: QueryId) -> Response:
        """Tell how far a query is, as server-sent events, until it has ended."""
        return ProgressResponse(door, id_of(query_id), principal_of(request.scope))

    return router


class ProgressResponse(Response):
    """Follows one query while its listener is there."""

    media_type = "text/event-stream"

    def __init__(self, door: HttpDoor, query_id: str, caller: Principal) -> None:
        # What buffers answers on the way is asked not to.
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._door, self._query_id, self._caller = door, query_id, caller

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the query has ended or the listener has left."""
        listener = asyncio.create_task(_left(receive))
        telling = asyncio.create_task(self._tell(scope, receive, send))
        try:
            await asyncio.wait({listener, telling}, return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                telling.result()
        finally:
            listener.cancel()
            telling.cancel()

    async def _tell(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._door.listeners.place():
                query = await self._appeared()
                await send(
                    {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
                )
                async for event in self._events(query):
                    await send({"type": "http.response.body", "body": event, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except LakeError as error:
            await error_response(error)(scope, receive, send)

    async def _appeared(self) -> RunningQuery:
        """Return the query; who chose its id may ask for it a little before it has come in."""
        deadline = time.monotonic() + PROGRESS_APPEAR_SECONDS
        running = self._door.service.running
        while (query := running.shown(self._query_id, self._caller)) is None:
            if time.monotonic() > deadline:
                raise no_such_query(self._query_id)
            await asyncio.sleep(PROGRESS_LOOK_SECONDS / 10)
        return query

    async def _events(self, query: RunningQuery) -> AsyncIterator[bytes]:
        told: dict[str, object] = {}
        told_at = -PROGRESS_SILENCE_SECONDS
        gone = False
        # A query that no worker has any more ends at the next look, also if nobody reads its end.
        while not query.outcome and not gone:
            gone = self._door.service.running.get(query.query_id) is not query
            now = await self._door.in_thread(progress_of, query)
            news = {name: value for name, value in now.items() if name != "seconds"}
            silent = time.monotonic() - told_at >= PROGRESS_SILENCE_SECONDS
            if not query.outcome and (silent or news != told):
                told, told_at = news, time.monotonic()
                yield event("progress", now)
            await asyncio.sleep(PROGRESS_LOOK_SECONDS)
        last = await self._door.in_thread(progress_of, query)
        if not query.outcome and query.token.cancelled:
            last["status"] = "cancelled"
        yield event("end", last | {"state": "ended"})


def event(name: str, data: dict[str, object]) -> bytes:
    """Return one server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
