"""
The proxy in front of a bucket: python -m benchmarks.bucket_proxy PORT SERVER DELAY_S.

A process of its own, since libraries that wait for a bucket may hold their interpreter meanwhile.
``GET /-/taken`` tells what was counted since it was asked last.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

TAKEN = "/-/taken"
BODY_BYTES_MAX = 1 << 30
NOT_SENT_ON = {"transfer-encoding", "connection", "keep-alive"}
SESSION = web.AppKey("session", aiohttp.ClientSession)


def price_of(method: str, query: str) -> str:
    """Return what a request is paid as: ``put`` (also lists), ``get``, or nothing (deletions)."""
    lists = method == "GET" and ("list-type" in query or "prefix=" in query)
    if lists or (method in {"PUT", "POST"} and "delete" not in query):
        return "put"
    return "get" if method in {"GET", "HEAD"} else ""


def application(server: str, delay_s: float) -> web.Application:
    """Return the proxy: it counts, waits, and passes on."""
    counted: Counter[str] = Counter()

    async def taken(_: web.Request) -> web.Response:
        told = dict(counted)
        counted.clear()
        return web.json_response(told)

    async def passed_on(request: web.Request) -> web.Response:
        counted[price_of(request.method, request.query_string)] += 1
        body = await request.read()
        await asyncio.sleep(delay_s)
        async with request.app[SESSION].request(
            request.method,
            server + request.raw_path,
            headers={k: v for k, v in request.headers.items() if k.lower() not in NOT_SENT_ON},
            data=body or None,
            allow_redirects=False,
            skip_auto_headers=["Content-Type", "Accept-Encoding"],
        ) as answer:
            data = await answer.read()
            headers = {k: v for k, v in answer.headers.items() if k.lower() not in NOT_SENT_ON}
            if request.method != "HEAD":
                headers.pop("Content-Length", None)
            return web.Response(status=answer.status, body=data, headers=headers)

    async def session(app: web.Application) -> AsyncIterator[None]:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as opened:
            app[SESSION] = opened
            yield

    app = web.Application(client_max_size=BODY_BYTES_MAX)
    app.cleanup_ctx.append(session)
    app.router.add_get(TAKEN, taken)
    app.router.add_route("*", "/{path:.*}", passed_on)
    return app


if __name__ == "__main__":
    web.run_app(
        application(sys.argv[2], float(sys.argv[3])),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        print=lambda *_: None,
        access_log=None,
    )
