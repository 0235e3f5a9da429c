"""A trace from a client over httpx and an ASGI server to Postgres is one trace."""

import asyncio
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from limnograph import log, propagation, span
from limnograph.integrations import asgi
from limnograph.integrations import httpx as httpx_integration
from limnograph.integrations import psycopg as psycopg_integration
from tests.sdk.integrations.sent import Row, logs, spans, spans_named
from tests.sdk.integrations.servers import asgi_server
from tests.sdk.peer import Peer


@pytest.fixture
def address(empty_database_url: str) -> Iterator[str]:
    """A server that asks the database, and everything on the way instrumented."""
    app = FastAPI()
    app.add_middleware(asgi.Middleware)

    @app.get("/orders/{number}")
    async def order(number: int) -> str:
        log.info("asked for %d", number)
        async with await psycopg.AsyncConnection.connect(empty_database_url) as conn:
            cursor = await conn.execute("SELECT %s::int", (number,))
            assert await cursor.fetchone() == (number,)
        found = propagation.current()
        assert found is not None
        return found.trace_id

    httpx_integration.instrument()
    psycopg_integration.instrument()
    with asgi_server(app) as found:
        yield f"http://{found}"
    httpx_integration.uninstrument()
    psycopg_integration.uninstrument()


def chain(rows: list[Row], row: Row) -> list[str]:
    """Return the names of a span and of those it is part of, innermost first."""
    by_id = {one["id"]: one for one in rows}
    names = [row["name"]]
    while row["parent"]:
        row = by_id[row["parent"]]
        names.append(row["name"])
    return names


def test_a_trace_is_one_from_the_client_to_the_database(sdk: Peer, address: str) -> None:
    """
    Each request has a trace of its own, and what belongs to it names it or stands inside.
    """

    async def main() -> list[str]:
        async def buy(number: int) -> str:
            with span("buy")(number=number) as current:
                trace_id = str(current.trace_id)
                async with httpx.AsyncClient() as client:
                    answer = await client.get(f"{address}/orders/{number}")
                assert answer.json() == trace_id
                return trace_id

        return await asyncio.gather(*(buy(number) for number in range(5)))

    traces = asyncio.run(main())
    assert len(set(traces)) == 5
    servers = spans_named(sdk, "GET /orders/{number}", 5)
    rows = spans(sdk)
    clients = {row["properties"]["span_id"]: row for row in rows if row["name"] == "GET"}
    own = {row["id"] for row in servers}  # the process may ask databases for others, too
    queries = [row for row in rows if row["parent"] in own and row["name"].startswith("SELECT ")]
    assert len(queries) == len(clients) == 5
    for query in queries:
        (server,) = [row for row in servers if row["id"] == query["parent"]]
        client = clients[server["properties"]["parent_span_id"]]
        assert chain(rows, query) == [query["name"], "GET /orders/{number}"]
        assert chain(rows, client) == ["GET", "buy"]
        (buy,) = [row for row in rows if row["id"] == client["parent"]]
        ids = {row["properties"]["trace_id"] for row in (server, client, buy)}
        assert ids == {traces[int(buy["properties"]["number"])]}
    assert {row["properties"]["span_id"] for row in logs(sdk)} == {str(s["id"]) for s in servers}
