"""Many requests at once: each keeps its own spans, and nothing is kept of those that are over."""

import asyncio
import gc
import os
import threading
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from opentelemetry.sdk.trace import TracerProvider

import limnograph
from limnograph import recorder, span
from limnograph.integrations import asgi, opentelemetry, wsgi
from limnograph.integrations import httpx as httpx_integration
from limnograph.integrations.operation import Operation
from tests.sdk.integrations.sent import spans, spans_named
from tests.sdk.integrations.servers import DEADLINE_S, asgi_server
from tests.sdk.peer import Peer

REQUESTS = 60


def make_app() -> FastAPI:
    """Return an application that works in a task, in a thread and after a pause."""
    app = FastAPI()
    app.add_middleware(asgi.Middleware)

    def in_thread(number: int) -> None:
        with span("in a thread")(number=number):
            pass

    async def in_task(number: int) -> None:
        with span("in a task")(number=number):
            await asyncio.sleep(0.001 * (number % 5))

    @app.get("/work/{number}")
    async def work(number: int) -> int:
        await asyncio.gather(in_task(number), asyncio.to_thread(in_thread, number))
        if number % 7 == 0:
            raise HTTPException(500)
        return number

    return app


def test_concurrent_requests_keep_apart(sdk: Peer) -> None:
    """
    What a request did in tasks and threads is part of it and of no other; client and server pair.
    """

    async def main(address: str) -> None:
        async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
            await asyncio.gather(
                *(client.get(f"http://{address}/work/{number}") for number in range(REQUESTS))
            )

    httpx_integration.instrument()
    try:
        with asgi_server(make_app()) as address:
            asyncio.run(main(address))
            served = spans_named(sdk, "GET /work/{number}", REQUESTS)
    finally:
        httpx_integration.uninstrument()
    path = {row["id"]: row["properties"]["url.path"] for row in served}
    for name in ("in a task", "in a thread"):
        inner = spans_named(sdk, name, REQUESTS)
        for row in inner:
            assert path[row["parent"]] == f"/work/{row['properties']['number']}"
    asked = {row["properties"]["span_id"]: row for row in spans_named(sdk, "GET", REQUESTS)}
    for row in served:
        client = asked[row["properties"]["parent_span_id"]]
        assert client["properties"]["url.full"].endswith(row["properties"]["url.path"])
        failed = int(row["properties"]["url.path"].rpartition("/")[2]) % 7 == 0
        assert row["status"] == client["status"] == (2 if failed else 1)
    gc.collect()
    assert not [one for one in gc.get_objects() if type(one) is Operation]


def test_threads_of_a_wsgi_server_keep_apart(sdk: Peer) -> None:
    """
    Each thread serves its own requests, with bodies that are closed late.
    """

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])

        def parts() -> Any:
            with span("part")(path=environ["PATH_INFO"]):
                yield b"x"

        return parts()

    served = wsgi.Middleware(app)

    def serve(number: int) -> None:
        for turn in range(20):
            environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/{number}/{turn}"}
            body: Any = served(environ, lambda *_: None)
            assert next(body) == b"x"
            body.close()

    threads = [threading.Thread(target=serve, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    rows = {row["id"]: row for row in spans(sdk)}
    parts = [row for row in rows.values() if row["name"] == "part"]
    assert len(parts) == 120
    for row in parts:
        parent = rows[row["parent"]]
        assert parent["properties"]["url.path"] == row["properties"]["path"]
        assert parent["depth"] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_open_spans_of_opentelemetry_are_not_inherited(sdk: Peer) -> None:
    """
    A forked child's spans have no parent that only its parent process knows.
    """
    del sdk
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(opentelemetry.SpanProcessor())
    read, write = os.pipe()
    with provider.get_tracer("t").start_as_current_span("outer"):
        assert len(opentelemetry._OPEN) == 1
        pid = os.fork()
        if pid == 0:  # the child only looks and leaves, without pytest's own ending
            alone = not opentelemetry._OPEN and recorder.current_span() == (0, -1)
            os.write(write, b"alone" if alone else b"not")
            os._exit(0)
        os.waitpid(pid, 0)
    assert os.read(read, 10) == b"alone"
    os.close(read)
    os.close(write)
    provider.shutdown()


def test_what_is_under_way_ends_well_when_instrumentation_ends(sdk: Peer) -> None:
    """
    Uninstrumented or shut down in the middle of a request, it is answered and nothing stays open.
    """
    begun, go_on = threading.Event(), threading.Event()
    app = FastAPI()

    @app.get("/slow")
    def slow() -> str:
        begun.set()
        assert go_on.wait(DEADLINE_S)
        return "done"

    answers: list[str] = []
    with asgi_server(app) as address:
        for end in (asgi.uninstrument, lambda: limnograph.shutdown(5)):
            asgi.instrument()
            begun.clear()
            go_on.clear()
            asking = threading.Thread(
                target=lambda: answers.append(
                    httpx.get(f"http://{address}/slow", timeout=DEADLINE_S).text
                )
            )
            asking.start()
            assert begun.wait(DEADLINE_S)
            end()
            go_on.set()
            asking.join(DEADLINE_S)
            if end is asgi.uninstrument:
                spans_named(sdk, "GET /slow")
    asgi.uninstrument()
    assert answers == ['"done"', '"done"']
