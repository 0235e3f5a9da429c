"""What holds for every route, whoever writes the next one."""

import asyncio
import re
import socket

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from query_engine.http.errors import handle_errors
from query_engine.http.routes.catalog import ROUTES, Routes
from tests.query_engine.http.test_openapi import EXAMPLES

OPEN = {
    "/api/queries",
    "/api/queries/{query_id}",
    "/api/queries/{query_id}/progress",
    "/api/tables",
    "/api/tables/{name}",
    "/api/functions",
    "/api/functions/{name}",
    "/gateway/health",
    "/perfetto/{process_id}",
    "/perfetto/trace/{trace_id}",
    "/health",
    "/ready",
    "/metrics",
}
"""GET routes that pages of other sites may make a browser ask: they cost little."""


@pytest.fixture
def links(client):
    """Every path that answers GET, as the description lists them."""
    paths = client.get("/openapi.json").json()["paths"]
    return sorted(path for path, methods in paths.items() if "get" in methods)


def filled(path):
    """Return a path with something in its places."""
    return re.sub(r"\{(\w+)\}", lambda part: EXAMPLES[part[1]], path)


def test_pages_of_other_sites_are_turned_away_from_all_but_those_listed_here(client, links):
    """
    Before anything else is looked at: they are told nothing about what they asked.
    """
    turned_away = {
        path
        for path in links
        if client.get(filled(path), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    }
    assert turned_away == set(links) - OPEN
    assert "/api/query" in turned_away


@pytest.mark.parametrize("site", ["same-origin", "same-site", "none"])
def test_pages_of_this_site_may_ask(client, links, site):
    """
    And the address line, and sites that share the domain.
    """
    for path in links:
        answer = client.get(filled(path), headers={"Sec-Fetch-Site": site})
        assert answer.status_code != 403, path


def test_a_new_route_is_guarded_unless_it_says_otherwise():
    """
    What is catalogued without a word is not for pages of other sites.
    """

    def made(_door):
        router = APIRouter()
        router.add_api_route("/new", lambda: "new")
        return router

    async def status(any_site, site):
        app = FastAPI()
        app.include_router(Routes(made, any_site=any_site).router(None))
        handle_errors(app)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as asking:
            return (await asking.get("/new", headers={"Sec-Fetch-Site": site})).status_code

    asked = [(False, "none"), (False, "cross-site"), (True, "cross-site")]
    assert [asyncio.run(status(*one)) for one in asked] == [200, 403, 200]


def test_files_are_not_sent_over_http_1_0(client, links):
    """
    Nobody could tell a broken one from a whole one.
    """
    files = [path for path in links if "/api/perfetto/" in path]
    assert files
    for path in files:
        with socket.create_connection((client.base_url.host, client.base_url.port)) as asked:
            asked.sendall(f"GET {filled(path)} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
            answer = b"".join(iter(lambda: asked.recv(1 << 16), b""))
        assert b" 505 " in answer.split(b"\r\n")[0]
        assert b"http_too_old" in answer


def test_each_file_of_routes_is_listed_once():
    """
    In the order of the description.
    """
    modules = [routes.made.__module__ for routes in ROUTES]
    assert len(set(modules)) == len(modules)
