"""SQLAlchemy over SQLite and over a real Postgres: one span a statement."""

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

import limnograph
from limnograph import span
from limnograph.integrations import psycopg as psycopg_integration
from limnograph.integrations import sqlalchemy as integration
from tests.sdk.integrations.sent import attributes, measures, spans
from tests.sdk.peer import Peer


@pytest.fixture(autouse=True)
def _instrumented() -> Iterator[None]:
    integration.instrument()
    integration.instrument()
    yield
    integration.uninstrument()


def test_a_statement_is_a_span_without_its_values(sdk: Peer, tmp_path: Path) -> None:
    """
    Bound values stay out, literals become question marks, batches tell their size.
    """
    engine = sa.create_engine(f"sqlite:///{tmp_path}/shop.db")
    with engine.begin() as conn, span("outer"):
        conn.execute(sa.text("CREATE TABLE t (id int, name text)"))
        conn.execute(
            sa.text("INSERT INTO t VALUES (:id, :name)"),
            [{"id": 1, "name": "hush"}, {"id": 2, "name": "ssh"}],
        )
        query = sa.text("SELECT name FROM t WHERE name = 'hush' OR id > 1")
        assert len(conn.execute(query).all()) == 2
    engine.dispose()
    outer, create, insert, select = spans(sdk)
    assert [row["parent"] for row in (create, insert, select)] == [outer["id"]] * 3
    assert select["name"] == f"SELECT {tmp_path}/shop.db"
    assert select["target"] == integration.__name__
    assert attributes(select) == {
        "db.system.name": "sqlite",
        "db.namespace": f"{tmp_path}/shop.db",
        "db.operation.name": "SELECT",
        "db.query.text": "SELECT name FROM t WHERE name = ? OR id > ?",
    }
    assert insert["properties"]["db.query.text"] == "INSERT INTO t VALUES (?, ?)"
    assert insert["properties"]["db.operation.batch.size"] == "2"
    assert insert["properties"]["db.response.returned_rows"] == "2"
    assert len(measures(sdk, "db.client.operation.duration")) == 3


def test_an_error_marks_the_span_and_passes_through(sdk: Peer, empty_database_url: str) -> None:
    """
    The driver's exception and SQLSTATE are kept; the application gets SQLAlchemy's own.
    """
    url = empty_database_url.replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        with pytest.raises(sa.exc.ProgrammingError):
            conn.execute(sa.text("SELECT 1 FROM nowhere"))
        conn.rollback()
        assert conn.execute(sa.text("SELECT :n"), {"n": 5}).scalar() == 5
    engine.dispose()
    found = [row for row in spans(sdk) if "nowhere" in row["properties"]["db.query.text"]]
    assert found[0]["status"] == 2
    assert found[0]["properties"]["error.type"] == "psycopg.errors.UndefinedTable"
    assert found[0]["properties"]["db.response.status_code"] == "42P01"
    assert found[0]["properties"]["server.address"] == "127.0.0.1"
    last = spans(sdk)[-1]
    assert (last["status"], last["depth"]) == (1, 0)
    assert last["properties"]["db.system.name"] == "postgresql"


def test_a_listener_that_fails_before_the_statement_leaves_no_span_open(sdk: Peer) -> None:
    """
    SQLAlchemy tells nobody about it; the span ends when the statement is forgotten.
    """
    engine = sa.create_engine("sqlite://")

    def refuse(*_: object) -> None:
        raise PermissionError("not today")

    with engine.connect() as conn:
        sa.event.listen(engine, "before_cursor_execute", refuse)
        with pytest.raises(PermissionError):
            conn.execute(sa.text("SELECT 1"))
        sa.event.remove(engine, "before_cursor_execute", refuse)
        gc.collect()
        with span("after"):
            assert conn.execute(sa.text("SELECT 2")).scalar() == 2
    engine.dispose()
    rows = {row["name"]: row for row in spans(sdk)}
    assert rows["after"]["depth"] == 0


def test_async_engines_are_seen_likewise(sdk: Peer, empty_database_url: str) -> None:
    """
    Statements of interleaved tasks stand each below its own task's span.
    """
    url = empty_database_url.replace("postgresql://", "postgresql+psycopg://")

    async def main() -> None:
        engine = create_async_engine(url)

        async def work(number: int) -> None:
            with limnograph.span("task")(number=number):
                async with engine.connect() as conn:
                    found = await conn.execute(sa.text("SELECT CAST(:n AS int)"), {"n": number})
                    assert found.scalar() == number

        await asyncio.gather(work(1), work(2), work(3))
        await engine.dispose()

    asyncio.run(main())
    found = spans(sdk)
    tasks = {row["id"] for row in found if row["name"] == "task"}
    selects = [row for row in found if "CAST" in row["properties"].get("db.query.text", "")]
    assert {row["parent"] for row in selects} == tasks
    assert len(selects) == 3


def test_a_driver_that_is_instrumented_too_records_only_its_own(
    sdk: Peer, empty_database_url: str
) -> None:
    """
    A statement of SQLAlchemy has one span, sync and async; one that goes to psycopg has its own.
    """
    url = empty_database_url.replace("postgresql://", "postgresql+psycopg://")

    async def main() -> None:
        engine = create_async_engine(url)
        async with engine.connect() as conn:
            await conn.execute(sa.text("SELECT 2 AS of_sqlalchemy"))
            raw = (await conn.get_raw_connection()).driver_connection
            assert raw is not None
            await raw.execute("SELECT 3 AS of_psycopg")
        await engine.dispose()

    psycopg_integration.instrument()
    try:
        engine = sa.create_engine(url)
        with engine.connect() as conn:
            conn.execute(sa.text("SELECT 1 AS of_sqlalchemy"))
        engine.dispose()
        asyncio.run(main())
    finally:
        psycopg_integration.uninstrument()
    texts = [(row["properties"]["db.query.text"], row["target"]) for row in spans(sdk)]
    assert [one for one in texts if " of_" in one[0]] == [
        ("SELECT ? AS of_sqlalchemy", integration.__name__),
        ("SELECT ? AS of_sqlalchemy", integration.__name__),
        ("SELECT ? AS of_psycopg", psycopg_integration.__name__),
    ]


def test_nothing_is_left_after_uninstrument(sdk: Peer) -> None:
    """
    No listener stays; statements go on.
    """
    integration.uninstrument()
    integration.uninstrument()
    engine = sa.create_engine("sqlite://")
    with engine.connect() as conn:
        assert conn.execute(sa.text("SELECT 1")).scalar() == 1
    engine.dispose()
    assert spans(sdk) == []
