"""
One query over HTTP: the answer as an ASGI response that streams while the engine works.

Rule: the status is decided by the first rows, so a query that fails early answers with its error;
a client that leaves at any moment stops its query; what only the cut of a broken answer tells is
not sent where none could be told.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from assets.errors import LakeError
from query_engine.errors import HttpTooOld
from query_engine.failures import error_fields
from query_engine.http.content_encoding import coding_for
from query_engine.http.formats.negotiation import Choice
from query_engine.http.result import Piece, Result, Start

T = TypeVar("T")
QUERY_ID = "x-query-id"
RETRY_AFTER_S = 1


def error_response(error: LakeError) -> JSONResponse:
    """Return ``{"error": {...}}`` with the status of *error*."""
    headers = {}
    if error.http_status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if error.query_id:
        headers[QUERY_ID] = error.query_id
    return JSONResponse({"error": error_fields(error)}, error.http_status, headers)


def _too_old(choice: Choice) -> HttpTooOld:
    return HttpTooOld(
        f"{choice.form.name} needs HTTP/1.1, whose chunks tell a broken answer from a whole one; "
        "for nginx: proxy_http_version 1.1"
    )


async def while_there(
    request: Request, ask: Callable[[Callable[[], bool]], T], threads: CapacityLimiter
) -> T:
    """
    Return what a query answers that is sent at once; a client that leaves stops it.

    Args:
        request: The question, whose body was read.
        ask: Asks, in a thread; its argument says whether the client has left.
        threads: Bounds the threads that wait for queries.
    """
    gone = asyncio.Event()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone.set()

    watcher = asyncio.create_task(watch())
    try:
        return await to_thread.run_sync(lambda: ask(gone.is_set), limiter=threads)
    finally:
        watcher.cancel()


class QueryResponse(Response):
    """
    Starts a query when it is sent.

    Args:
        start: Starts the query; called in a thread.
        choice: The form of the body.
        accept_encoding: Header of the request.
        threads: Bounds the threads that wait for queries.
    """

    def __init__(
        self, start: Start, choice: Choice, accept_encoding: str, threads: CapacityLimiter
    ) -> None:
        super().__init__(media_type=choice.form.media_types[0])
        del self.headers["content-length"]
        self._choice, self._threads = choice, threads
        coding = coding_for(accept_encoding) if choice.form.is_text else None
        self._result = Result(start, choice.form.encoder(choice.compression), coding)
        self._gone = False

    def refusal(self, error: LakeError) -> Response:
        """Return the answer to a query that failed before it had rows."""
        return error_response(error)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the whole answer; a sent answer without its last chunk is a broken one."""
        if self._choice.form.told_by_cut and scope["http_version"] == "1.0":
            await self.refusal(_too_old(self._choice))(scope, receive, send)
            return
        watcher = asyncio.create_task(self._watch(receive))
        try:
            try:
                pieces = await self._in_thread(lambda: self._result.begin(lambda: self._gone))
            except LakeError as error:
                await self.refusal(error)(scope, receive, send)
                return
            await self._send(pieces, send)
        finally:
            watcher.cancel()
            if not self._result.ended:
                await self._in_thread(self._result.close)

    async def _send(self, pieces: list[Piece], send: Send) -> None:
        self._name_the_result()
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        while not self._result.ended:
            # The next rows are fetched while these are sent.
            upcoming = asyncio.create_task(self._in_thread(self._result.next))
            try:
                await self._pieces(send, pieces)
            except BaseException:
                # Who fetches is let go: the server stops.
                self._result.close()
                raise
            finally:
                pieces = await upcoming
        await self._pieces(send, pieces)
        if not self._result.cut_off:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        # Returning without the last chunk makes the server close the connection.

    def _name_the_result(self) -> None:
        stream = self._result.stream
        assert stream is not None, "the query has begun"
        self.headers[QUERY_ID] = stream.query_id
        form = self._choice.form
        if form.ending:
            name = f"query-{stream.query_id}.{form.ending}"
            self.headers["content-disposition"] = f'attachment; filename="{name}"'
        if self._result.coding:
            self.headers["content-encoding"] = self._result.coding
        self.headers["vary"] = "Accept, Accept-Encoding"

    async def _pieces(self, send: Send, pieces: list[Piece]) -> None:
        for piece in pieces:
            if len(piece):
                await send({"type": "http.response.body", "body": piece, "more_body": True})

    async def _watch(self, receive: Receive) -> None:
        """Notice that the client has left; queries ask about ten times a second."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone = True

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await to_thread.run_sync(call, limiter=self._threads)
