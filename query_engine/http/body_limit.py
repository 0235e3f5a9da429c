"""A bound on request bodies, kept before anything parses them."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assets.errors import LimitExceeded
from query_engine.errors import BodyTooSlow
from query_engine.http.response import error_response
from query_engine.limits import HTTP_BODY_SECONDS_MAX


class BodyLimit:
    """
    ASGI middleware: a body above the limit is answered 413 whether or not it says its length.

    The body is read here and handed on in one piece, which the small limit allows.
    """

    def __init__(self, app: ASGIApp, bytes_max: int) -> None:
        self._app, self._bytes_max = app, bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on unless its body is too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = bytearray()
        message: Message = {"more_body": True}
        deadline = asyncio.get_running_loop().time() + HTTP_BODY_SECONDS_MAX
        while message.get("more_body", False):
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                error = BodyTooSlow(
                    f"the request body did not arrive within {HTTP_BODY_SECONDS_MAX:g} s"
                )
                await error_response(error)(scope, receive, send)
                return
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if len(body) > self._bytes_max:
                too_large = LimitExceeded(
                    f"the request body is larger than {self._bytes_max} bytes"
                )
                await error_response(too_large)(scope, receive, send)
                return
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, replay, send)
