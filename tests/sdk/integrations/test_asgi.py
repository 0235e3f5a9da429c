"""ASGI applications behind a real uvicorn: one span a request, named by its route."""

from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from limnograph.integrations import asgi
from tests.sdk.integrations.asgi_shop import Shop
from tests.sdk.integrations.sent import logs, measures, spans, spans_named
from tests.sdk.integrations.servers import DEADLINE_S, asgi_server
from tests.sdk.peer import Peer

TRACE = "0af7651916cd43dd8448eb211c80319c"
REMOTE = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "tracestate": "a=1"}


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
    assert "asgi_shop.py" in broken["properties"]["exception.stacktrace"]
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
