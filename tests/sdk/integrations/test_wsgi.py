"""WSGI applications behind a real wsgiref server: spans last as long as their iterables."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import httpx
import pytest

import limnograph
from limnograph import span
from limnograph.faults import Faults
from limnograph.integrations import wsgi
from tests.sdk.integrations.sent import measures, spans, spans_named
from tests.sdk.integrations.servers import wsgi_server
from tests.sdk.peer import Peer

TRACE = "0af7651916cd43dd8448eb211c80319c"
REMOTE = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}


@pytest.fixture
def shop() -> flask.Flask:
    app = flask.Flask(__name__)

    @app.get("/users/<int:user_id>")
    def user(user_id: int) -> str:
        with span("inside"):
            return str(user_id)

    @app.get("/stream")
    def stream() -> flask.Response:
        def parts() -> Iterator[bytes]:
            for number in range(3):
                with span("part"):
                    yield b"%d" % number

        return flask.Response(parts())

    @app.get("/broken")
    def broken() -> str:
        raise ZeroDivisionError("by nought")

    app.wsgi_app = wsgi.Middleware(app.wsgi_app, exclude=("/health",))  # type: ignore[method-assign]
    app.add_url_rule("/health", view_func=lambda: "well")
    return app


def test_a_request_of_flask_is_a_span_named_by_its_route(sdk: Peer, shop: flask.Flask) -> None:
    """
    Method, route, status, addresses and the remote parent are kept; the duration is measured.
    """
    with wsgi_server(shop) as address:
        headers = {"user-agent": "test", **REMOTE}
        assert httpx.get(f"http://{address}/users/7?token=hush", headers=headers).text == "7"
        assert httpx.get(f"http://{address}/health").text == "well"
        (row,) = spans_named(sdk, "GET /users/<int:user_id>")
    span_id = row["properties"].pop("span_id")
    assert len(span_id) == 16
    assert row["properties"] == {
        "trace_id": TRACE,
        "parent_span_id": "b7ad6b7169203331",
        "http.request.method": "GET",
        "http.route": "/users/<int:user_id>",
        "http.response.status_code": "200",
        "url.path": "/users/7",
        "url.scheme": "http",
        "server.address": "127.0.0.1",
        "server.port": address.rpartition(":")[2],
        "client.address": "127.0.0.1",
        "user_agent.original": "test",
        "network.protocol.version": "1.1",
    }
    (inside,) = spans_named(sdk, "inside")
    assert inside["parent"] == row["id"]
    (duration,) = measures(sdk, "http.server.request.duration")
    assert duration["properties"]["http.route"] == "/users/<int:user_id>"
    assert len(spans(sdk)) == 2


def test_a_streamed_response_lasts_until_its_last_part(sdk: Peer, shop: flask.Flask) -> None:
    """
    What the stream does is part of the request.
    """
    with wsgi_server(shop) as address:
        assert httpx.get(f"http://{address}/stream").text == "012"
        (row,) = spans_named(sdk, "GET /stream")
    assert {part["parent"] for part in spans_named(sdk, "part", 3)} == {row["id"]}


def test_failures_are_seen_as_such(sdk: Peer, shop: flask.Flask) -> None:
    """
    What Flask answers 500 is an error; an exception that leaves an application is kept.
    """

    def broken(_environ: Any, _start_response: Any) -> Any:
        raise ZeroDivisionError("by nought")

    with wsgi_server(shop) as address:
        assert httpx.get(f"http://{address}/broken").status_code == 500
    with wsgi_server(wsgi.Middleware(broken)) as address:
        assert httpx.get(f"http://{address}/x").status_code == 500
    (row,) = spans_named(sdk, "GET /broken")
    assert (row["status"], row["properties"]["error.type"]) == (2, "500")
    (row,) = spans_named(sdk, "GET")
    assert (row["status"], row["properties"]["error.type"]) == (2, "ZeroDivisionError")
    assert "test_wsgi.py" in row["properties"]["exception.stacktrace"]


class Parts:
    """An iterable that tells what happens to it."""

    def __init__(self, count: int, failure: Exception | None = None) -> None:
        self.count, self.failure, self.closed = count, failure, 0

    def __iter__(self) -> Iterator[bytes]:
        with span("part"):
            yield from [b"x"] * self.count
        if self.failure is not None:
            raise self.failure

    def close(self) -> None:
        self.closed += 1


def call(app: Any, **environ: Any) -> Any:
    given = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", **environ}
    return app(given, lambda *_: None)


def test_iterables_are_closed_and_end_their_span_once(sdk: Peer) -> None:
    """
    Exhausted, closed half-way, failing, and never looked at: four ends, each of its own span.
    """
    parts = [Parts(2), Parts(2), Parts(1, OSError("pipe")), Parts(1)]

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return parts[environ["number"]]

    served = wsgi.Middleware(app)
    body = call(served, number=0)
    assert list(body) == [b"x", b"x"]
    body.close()
    body = call(served, number=1)
    assert next(body) == b"x"
    body.close()
    body = call(served, number=2)
    with pytest.raises(OSError, match="pipe"):
        list(body)
    body.close()
    body = call(served, number=3)
    del body
    gc.collect()
    assert [one.closed for one in parts] == [1, 1, 1, 0]
    found = [row for row in spans(sdk) if row["name"] == "GET"]
    assert [row["status"] for row in found] == [1, 1, 2, 1]
    assert [row["depth"] for row in found] == [0, 0, 0, 0]
    assert len(measures(sdk, "http.server.request.duration")) == 4


def test_lists_and_files_reach_the_server_as_they_are(sdk: Peer, tmp_path: Path) -> None:
    """
    The server may ask a list for its length and send a file in its own way.
    """
    path = tmp_path / "file"
    path.write_bytes(b"content")
    seen: list[Any] = []

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "text/plain")])
        if environ["PATH_INFO"] == "/file":
            seen.append(environ["wsgi.file_wrapper"](path.open("rb")))
        else:
            seen.append([b"list"])
        return seen[-1]

    served = wsgi.Middleware(app)
    with wsgi_server(served) as address:
        answer = httpx.get(f"http://{address}/list")
        assert (answer.text, answer.headers["content-length"]) == ("list", "4")
        assert httpx.get(f"http://{address}/file").content == b"content"
        assert seen[1].filelike.closed
    assert call(served) is seen[2]
    assert len(spans_named(sdk, "GET", 3)) == 3


def test_start_response_is_passed_on_exactly(sdk: Peer) -> None:
    """
    A generator may start late, start again after an error, and write.
    """
    written: list[bytes] = []
    started: list[Any] = []

    def app(_environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("A", "1")])
        try:
            {}["late"]
        except KeyError as exc:
            write = start_response("503 No", [], (type(exc), exc, exc.__traceback__))
        write(b"w")
        yield b"x"

    def start(*args: Any) -> Any:
        started.append(args)
        return written.append

    body = wsgi.Middleware(app)({"REQUEST_METHOD": "POST", "PATH_INFO": "/"}, start)
    assert b"".join(body) == b"x"
    body.close()  # type: ignore[attr-defined]
    assert [len(args) for args in started] == [2, 3]
    assert written == [b"w"]
    (row,) = spans_named(sdk, "POST")
    assert row["properties"]["http.response.status_code"] == "503"


def test_a_fault_of_ours_breaks_no_request(sdk: Peer) -> None:
    """
    An environ without a method, a route finder that fails, a status that is none.
    """

    def app(environ: Any, start_response: Any) -> Any:
        start_response("odd", [])
        return [str(len(environ)).encode()]

    def route(_environ: Any) -> str:
        raise RuntimeError("no route")

    assert wsgi.Middleware(app)({}, lambda *_: None) == [b"1"]
    assert call(wsgi.Middleware(app, route=route)) == [b"3"]
    assert Faults.count == 4
    Faults.count, Faults.last = 0, ""
    (row,) = spans_named(sdk, "GET")
    assert row["status"] == 1


def test_requests_are_served_when_nothing_is_recorded(shop: flask.Flask) -> None:
    """
    Without init the application answers as ever.
    """
    assert limnograph.process_id() is None
    with wsgi_server(shop) as address:
        assert httpx.get(f"http://{address}/users/1").text == "1"


def test_every_flask_application_can_be_instrumented_at_once(sdk: Peer, shop: flask.Flask) -> None:
    """
    A middleware besides does not record a second time; Flask comes back as it was.
    """
    before = vars(flask.Flask)["__call__"]
    wsgi.instrument()
    wsgi.instrument()
    try:
        with wsgi_server(shop) as address:
            assert httpx.get(f"http://{address}/users/7").text == "7"
            spans_named(sdk, "GET /users/<int:user_id>")
    finally:
        wsgi.uninstrument()
    assert vars(flask.Flask)["__call__"] is before
    assert len(spans(sdk)) == 2
