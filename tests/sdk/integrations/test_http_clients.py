"""requests and httpx against a real server: spans, propagation, and what is not kept."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

import limnograph
from limnograph import span
from limnograph.faults import Faults
from limnograph.integrations import httpx as httpx_integration
from limnograph.integrations import requests as requests_integration
from tests.sdk.integrations.sent import measures, spans
from tests.sdk.integrations.servers import asgi_server
from tests.sdk.peer import Peer


async def echo(request: Request) -> Response:
    return JSONResponse({"traceparent": request.headers.get("traceparent")})


async def moved(_request: Request) -> Response:
    return RedirectResponse("/echo")


async def missing(_request: Request) -> Response:
    return Response("no", 404)


ROUTES = [Route("/echo", echo), Route("/moved", moved), Route("/missing", missing)]


def with_requests(url: str, **options: Any) -> Any:
    return requests.get(url, timeout=10, **options)


def with_httpx(url: str, **options: Any) -> Any:
    return httpx.get(url, follow_redirects=True, **options)


def with_async_httpx(url: str, **options: Any) -> Any:
    async def get() -> Any:
        async with httpx.AsyncClient(follow_redirects=True) as client:
            return await client.get(url, **options)

    return asyncio.run(get())


every_client = pytest.mark.parametrize("get", [with_requests, with_httpx, with_async_httpx])


@pytest.fixture
def url() -> Iterator[str]:
    with asgi_server(Starlette(routes=ROUTES)) as address:
        yield f"http://{address}"


@pytest.fixture(autouse=True)
def _instrumented() -> Iterator[None]:
    before = (requests.Session.send, httpx.Client.send, httpx.AsyncClient.send)
    for _ in range(2):
        requests_integration.instrument()
        httpx_integration.instrument()
    yield
    requests_integration.uninstrument()
    httpx_integration.uninstrument()
    assert (requests.Session.send, httpx.Client.send, httpx.AsyncClient.send) == before


@every_client
def test_a_request_is_a_span_and_the_server_is_told(sdk: Peer, url: str, get: Any) -> None:
    """
    Method, address and status are kept, the query and the password are not.
    """
    address = url.removeprefix("http://")
    with span("outer"):
        answer = get(f"http://ann:hush@{address}/echo?token=hush#part")
    outer, row = spans(sdk)
    assert row["parent"] == outer["id"]
    assert row["name"] == "GET"
    trace_id, span_id = row["properties"].pop("trace_id"), row["properties"].pop("span_id")
    assert answer.json() == {"traceparent": f"00-{trace_id}-{span_id}-01"}
    assert row["properties"] == {
        "http.request.method": "GET",
        "http.response.status_code": "200",
        "server.address": "127.0.0.1",
        "server.port": url.rpartition(":")[2],
        "url.full": f"{url}/echo",
    }
    (duration,) = measures(sdk, "http.client.request.duration")
    assert duration["unit"] == "s"
    assert set(duration["properties"]) == {
        "http.request.method",
        "http.response.status_code",
        "server.address",
        "server.port",
    }


@every_client
def test_redirects_are_part_of_the_request(sdk: Peer, url: str, get: Any) -> None:
    """
    One span, and the last server is told of it.
    """
    answer = get(f"{url}/moved")
    (row,) = spans(sdk)
    assert row["properties"]["url.full"] == f"{url}/moved"
    assert answer.json()["traceparent"].split("-")[2] == row["properties"]["span_id"]


@every_client
def test_refusals_and_errors_mark_the_span(sdk: Peer, url: str, get: Any) -> None:
    """
    A status from 400 on is an error for who asked; an exception passes through.
    """
    assert get(f"{url}/missing").status_code == 404
    with pytest.raises((requests.ConnectionError, httpx.ConnectError)):
        get("http://127.0.0.1:9/")
    missing, broken = spans(sdk)
    assert (missing["status"], missing["properties"]["error.type"]) == (2, "404")
    assert broken["status"] == 2
    assert broken["properties"]["error.type"].endswith(("ConnectionError", "ConnectError"))
    assert "http.response.status_code" not in broken["properties"]


@every_client
def test_a_trace_that_the_application_names_itself_is_left(sdk: Peer, url: str, get: Any) -> None:
    """
    Its header is not replaced.
    """
    own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    assert get(f"{url}/echo", headers={"traceparent": own}).json() == {"traceparent": own}
    assert len(spans(sdk)) == 1


@every_client
def test_requests_go_out_when_nothing_is_recorded(url: str, get: Any) -> None:
    """
    Without init nothing is added to them.
    """
    assert limnograph.process_id() is None
    assert get(f"{url}/echo").json() == {"traceparent": None}


def test_a_fault_of_ours_breaks_no_request(
    sdk: Peer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    An error while the span is described is counted, and the request goes out.
    """

    def broken(_carrier: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("limnograph.integrations.client_request.inject", broken)
    assert with_requests(f"{url}/echo").status_code == 200
    assert with_httpx(f"{url}/echo").status_code == 200
    monkeypatch.setattr("limnograph.integrations.client_request.urlsplit", broken)
    assert with_httpx(f"{url}/echo").status_code == 200
    assert limnograph.stats().failures >= 3
    assert (Faults.count, Faults.last) == (3, "RuntimeError: broken")
    Faults.count, Faults.last = 0, ""
    assert len(spans(sdk)) == 2
