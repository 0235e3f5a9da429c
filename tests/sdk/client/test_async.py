"""The client for event loops: the same answers as the other one."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

import limnograph
from limnograph.client import AsyncClient, QueryError, SqlError


@pytest.fixture(params=["flight_uri", "http_uri"])
def uri(request: pytest.FixtureRequest) -> str:
    """Address of each door in turn."""
    return request.getfixturevalue(request.param)


def run(program: Coroutine[Any, Any, Any]) -> Any:
    """Run a program to its end."""
    return asyncio.run(program)


def test_rows_come_in_every_form(uri: str, tmp_path: Path) -> None:
    """
    Awaited, of one result, as often as wanted.
    """

    async def program() -> None:
        async with limnograph.connect_async(uri) as lake:
            result = await lake.query("SELECT n, name FROM numbers WHERE n < :n", params={"n": 3})
            assert result.columns == ["n", "name"]
            assert (await result.arrow()).num_rows == 3
            assert isinstance(await result.polars(), pl.DataFrame)
            assert list((await result.pandas())["n"]) == [0, 1, 2]
            assert await result.rows() == [(0, "n0"), (1, "n1"), (2, "n2")]
            assert (await result.dicts())[2] == {"n": 2, "name": "n2"}
            assert await (await lake.query("SELECT count(*) AS n FROM numbers")).scalar() == 10
            assert sum([batch.num_rows async for batch in result]) == 3
            path = tmp_path / "n.parquet"
            assert await (await lake.query("SELECT n FROM numbers")).to_parquet(path) == 10
            assert pq.read_table(path).num_rows == 10

    run(program())


def test_many_queries_wait_at_once(uri: str) -> None:
    """
    One loop, one client, several results under way.
    """

    async def one(lake: AsyncClient, number: int) -> int:
        result = await lake.query("SELECT n FROM numbers WHERE n >= ?", params=[number])
        return (await result.arrow()).num_rows

    async def program() -> list[int]:
        async with limnograph.connect_async(uri) as lake:
            return await asyncio.gather(*(one(lake, number) for number in range(10)))

    assert run(program()) == list(range(10, 0, -1))


def test_a_large_answer_is_read_as_it_comes_and_once(uri: str) -> None:
    """
    Batches are not kept, and reading again says so.
    """

    async def program() -> int:
        async with limnograph.connect_async(uri) as lake:
            result = await lake.query("SELECT n, m FROM many")
            rows = 0
            async for batch in result:
                rows += batch.num_rows
            with pytest.raises(QueryError, match="read already"):
                await result.arrow()
            return rows

    assert run(program()) == 2_000_000


def test_a_wrong_query_is_the_same_error(uri: str) -> None:
    """
    Where it is awaited.
    """

    async def program() -> None:
        async with limnograph.connect_async(uri) as lake:
            with pytest.raises(SqlError, match="nowhere"):
                await lake.query("SELECT x FROM nowhere")

    run(program())
