"""Real servers on loopback, in a thread: uvicorn for ASGI, wsgiref for WSGI."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import uvicorn

DEADLINE_S = 20.0


@contextlib.contextmanager
def asgi_server(app: Any, **options: Any) -> Iterator[str]:
    """Serve *app* and yield ``host:port``."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, loop="asyncio", ws="websockets-sansio", **options)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline_s = time.monotonic() + DEADLINE_S
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < deadline_s
        time.sleep(0.005)
    try:
        yield "{}:{}".format(*listening.getsockname()[:2])
    finally:
        server.should_exit = True
        thread.join(DEADLINE_S)
        listening.close()


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        return


@contextlib.contextmanager
def wsgi_server(app: Any) -> Iterator[str]:
    """Serve *app* and yield ``host:port``."""
    server = make_server("127.0.0.1", 0, app, handler_class=_Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(DEADLINE_S)
        server.server_close()
