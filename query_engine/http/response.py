"""
One query over HTTP: the answer as an ASGI response that streams while the engine works.

Rule: the status is decided by the first batch, so a query that fails early answers with its error;
a client that leaves at any moment stops its query.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import pyarrow as pa
from anyio import CapacityLimiter, to_thread
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from assets.errors import LakeError
from query_engine.failures import as_lake_error, error_fields
from query_engine.http.formats import Encoder
from query_engine.service import QueryStream

log = logging.getLogger(__name__)

T = TypeVar("T")
RETRY_AFTER_S = 1


def error_response(error: LakeError) -> JSONResponse:
    """Return ``{"error": {...}}`` with the status of *error*."""
    headers = {"Retry-After": str(RETRY_AFTER_S)} if error.http_status == 503 else None
    return JSONResponse({"error": error_fields(error)}, error.http_status, headers)


class QueryResponse(Response):
    """
    Starts a query when it is sent.

    Args:
        start: Starts the query; called in a thread.
        encoder: Makes the body.
        threads: Bounds the threads that wait for queries.
    """

    def __init__(
        self,
        start: Callable[[Callable[[], bool]], QueryStream],
        encoder: Encoder,
        threads: CapacityLimiter,
    ) -> None:
        super().__init__(media_type=encoder.media_type)
        del self.headers["content-length"]
        self._start, self._encoder, self._threads = start, encoder, threads
        self._gone = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the whole answer; a sent answer without its last chunk is a broken one."""
        watcher = asyncio.create_task(self._watch(receive))
        try:
            try:
                stream = await self._in_thread(lambda: self._start(lambda: self._gone))
            except LakeError as error:
                await error_response(error)(scope, receive, send)
                return
            try:
                await self._send(stream, scope, receive, send)
            finally:
                await self._in_thread(stream.close)
        finally:
            watcher.cancel()

    async def _send(self, stream: QueryStream, scope: Scope, receive: Receive, send: Send) -> None:
        batches = stream.batches
        try:
            first = await self._in_thread(lambda: next(batches, None))
        except LakeError as error:
            await error_response(error)(scope, receive, send)
            return
        self.headers["x-query-id"] = stream.query_id
        await send(
            {"type": "http.response.start", "status": 200, "headers": self.raw_headers},
        )
        await self._body(send, self._encoder.begin(stream.schema, stream.query_id))
        try:
            batch = first
            while batch is not None:
                await self._body(send, await self._in_thread(partial(self._encoded, batch)))
                batch = await self._in_thread(lambda: next(batches, None))
        except LakeError as error:
            ending = self._encoder.failure(error)
            if ending is None:
                # Returning without the last chunk makes the server close the connection.
                return
            await self._body(send, ending)
        else:
            await self._body(send, self._encoder.end())
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _encoded(self, batch: pa.RecordBatch) -> bytes:
        try:
            return self._encoder.batch(batch)
        except Exception as error:
            log.exception("a batch could not be encoded")
            raise as_lake_error(error, "") from None

    async def _body(self, send: Send, data: bytes) -> None:
        if data:
            await send({"type": "http.response.body", "body": data, "more_body": True})

    async def _watch(self, receive: Receive) -> None:
        """Notice that the client has left; queries ask about ten times a second."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone = True

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await to_thread.run_sync(call, limiter=self._threads)
