"""psycopg 3 against a real Postgres: spans of statements, and nothing of their values."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

import psycopg
import psycopg.conninfo
import pytest
from psycopg import sql

import limnograph
from limnograph import span
from limnograph.integrations import psycopg as integration
from tests.sdk.integrations import sent
from tests.sdk.integrations.sent import Row, attributes
from tests.sdk.peer import Peer


@pytest.fixture
def database(empty_database_url: str) -> Iterator[str]:
    """An empty database whose making is not recorded, as psycopg is instrumented after it."""
    integration.instrument()
    integration.instrument()
    yield empty_database_url
    integration.uninstrument()


def _ours(rows: list[Row], database: str) -> list[Row]:
    """Leave out statements to other databases: threads that earlier tests left may make some."""
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    return [row for row in rows if row["properties"].get("db.namespace", name) == name]


def spans(peer: Peer, database: str) -> list[Row]:
    """Return the spans of this test, in the order of their begins."""
    return _ours(sent.spans(peer), database)


def durations_of(peer: Peer, database: str) -> list[Row]:
    """Return how long this test's statements took."""
    return _ours(sent.measures(peer, "db.client.operation.duration"), database)


def test_a_statement_is_a_span_without_its_values(sdk: Peer, database: str) -> None:
    """
    Name, database, server, rows and duration are kept; what was bound is not.
    """
    with psycopg.connect(database) as conn, span("shop"):
        conn.execute("CREATE TABLE orders (id int, secret text)")
        conn.execute("INSERT INTO orders VALUES (%s, %s)", (1, "hush"))
        rows = conn.execute("SELECT * FROM orders WHERE secret = 'hush' AND id=1").fetchall()
        dbname, host, port = conn.info.dbname, conn.info.host, conn.info.port
    assert rows == [(1, "hush")]
    outer, create, insert, select = spans(sdk, database)
    assert [row["parent"] for row in (create, insert, select)] == [outer["id"]] * 3
    assert select["name"] == f"SELECT {dbname}"
    assert select["status"] == 1
    assert select["target"] == integration.__name__
    assert attributes(select) == {
        "db.system.name": "postgresql",
        "db.namespace": dbname,
        "db.operation.name": "SELECT",
        "db.query.text": "SELECT * FROM orders WHERE secret = ? AND id=?",
        "db.response.returned_rows": "1",
        "server.address": host,
        "server.port": str(port),
    }
    assert insert["properties"]["db.query.text"] == "INSERT INTO orders VALUES (%s, %s)"
    assert create["properties"]["db.query.text"] == "CREATE TABLE orders (id int, secret text)"
    durations = durations_of(sdk, database)
    assert len(durations) == 3
    assert durations[2]["unit"] == "s"
    assert 0 < durations[2]["value"] <= select["duration"] / 1e9 + 0.001
    assert set(durations[2]["properties"]) == {
        "db.system.name",
        "db.namespace",
        "db.operation.name",
    }


def test_an_error_of_the_database_marks_the_span_and_passes_through(
    sdk: Peer, database: str
) -> None:
    """
    SQLSTATE and type are kept; the exception is psycopg's own.
    """
    with psycopg.connect(database) as conn:
        cursor = conn.cursor()
        with pytest.raises(psycopg.errors.UndefinedTable):
            cursor.execute("SELECT 1 FROM nowhere")
    (row,) = spans(sdk, database)
    assert row["status"] == 2
    assert row["properties"]["db.response.status_code"] == "42P01"
    assert row["properties"]["error.type"] == "psycopg.errors.UndefinedTable"
    (duration,) = durations_of(sdk, database)
    assert duration["properties"]["error.type"] == "psycopg.errors.UndefinedTable"
    with pytest.raises(psycopg.OperationalError, match="closed"):
        cursor.execute("SELECT 1")
    assert spans(sdk, database)[1]["status"] == 2


def test_what_an_error_quotes_of_a_row_is_not_kept(sdk: Peer, database: str) -> None:
    """
    Postgres names the row that it refused in the details; only the first message is kept.
    """
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("CREATE TABLE t (secret text PRIMARY KEY)")
        conn.execute("INSERT INTO t VALUES (%s)", ("hush",))
        with pytest.raises(psycopg.errors.UniqueViolation, match="hush"):
            conn.execute("INSERT INTO t VALUES (%s)", ("hush",))
    row = spans(sdk, database)[-1]
    assert row["status"] == 2
    assert row["properties"]["exception.type"] == "UniqueViolation"
    assert "unique constraint" in row["properties"]["exception.message"]
    assert "hush" not in str(spans(sdk, database))


def test_every_way_to_run_a_statement_is_seen(sdk: Peer, database: str) -> None:
    """
    Many rows, composed text, server cursors, streams and copies.
    """
    with psycopg.connect(database) as conn, conn.cursor() as cur:
        cur.execute(b"CREATE TABLE t (id int)")
        cur.executemany("INSERT INTO t VALUES (%s)", [(1,), (2,), (3,)])
        query = sql.SQL("SELECT {} FROM {} WHERE id < {}").format(
            sql.Identifier("id"), sql.Identifier("t"), sql.Literal(99)
        )
        assert len(cur.execute(query).fetchall()) == 3
        with conn.cursor("named") as named:
            named.execute("SELECT id FROM t")
            assert len(named.fetchall()) == 3
        assert len(list(cur.stream("SELECT id FROM t"))) == 3
        with cur.copy("COPY t FROM STDIN") as copy, span("in the block"):
            copy.write_row((4,))
        with psycopg.ClientCursor(conn) as client:
            client.execute("SELECT %s", (5,))
            client.execute("SELECT 'hush'", ())
    rows = [row for row in spans(sdk, database) if "db.system.name" in row["properties"]]
    assert [row["properties"]["db.query.text"] for row in rows] == [
        "CREATE TABLE t (id int)",
        "INSERT INTO t VALUES (%s)",
        'SELECT "id" FROM "t" WHERE id < ?',
        "SELECT id FROM t",
        "SELECT id FROM t",
        "COPY t FROM STDIN",
        "SELECT %s",
        "SELECT ?",
    ]
    assert rows[1]["properties"]["db.operation.batch.size"] == "3"
    (inner,) = [row for row in spans(sdk, database) if row["name"] == "in the block"]
    assert inner["parent"] == rows[5]["id"]


def test_a_failing_copy_block_and_an_unfinished_stream_leave_no_span_open(
    sdk: Peer, database: str
) -> None:
    """
    The block's exception marks the copy; a stream that is left half-way is over.
    """
    with psycopg.connect(database, autocommit=True) as conn, conn.cursor() as cur:
        cur.execute("CREATE TABLE t (id int)")
        with pytest.raises(ZeroDivisionError), cur.copy("COPY t FROM STDIN"):
            1 / 0  # noqa: B018
        with pytest.raises(psycopg.errors.SyntaxError):
            next(cur.stream("SELEC 1"))
        rows = cur.stream("SELECT generate_series(1, 9)")
        assert next(rows) == (1,)
        rows.close()
    with span("after"):
        pass
    found = spans(sdk, database)
    assert [row["status"] for row in found] == [1, 2, 2, 1, 1]
    assert found[1]["properties"]["error.type"] == "ZeroDivisionError"
    assert [row["depth"] for row in found] == [0] * 5


def test_async_connections_are_seen_likewise(sdk: Peer, database: str) -> None:
    """
    Interleaved tasks have each their own spans.
    """

    async def work(number: int) -> None:
        conn = await psycopg.AsyncConnection.connect(database)
        async with conn, conn.cursor() as cur:
            with limnograph.span("task")(number=number):
                await cur.execute("SELECT %s::int", (number,))
                assert await cur.fetchone() == (number,)
                async with aclosing(cur.stream("SELECT generate_series(1, 9)")) as rows:
                    async for row in rows:
                        assert row == (1,)
                        break
                await cur.execute("CREATE TEMP TABLE t (id int)")
                await cur.executemany("INSERT INTO t VALUES (%s)", [(1,), (2,)])
                async with cur.copy("COPY t TO STDOUT") as copy:
                    assert [row async for row in copy.rows()] == [("1",), ("2",)]
                with pytest.raises(psycopg.errors.DivisionByZero):
                    await cur.execute("SELECT 1/0")

    async def main() -> None:
        await asyncio.gather(work(1), work(2), work(3))

    asyncio.run(main())
    found = spans(sdk, database)
    tasks = [row["id"] for row in found if row["name"] == "task"]
    assert len(found) == 3 * 7
    for task in tasks:
        inner = [row for row in found if row["parent"] == task]
        assert [row["properties"]["db.operation.name"] for row in inner] == [
            "SELECT", "SELECT", "CREATE", "INSERT", "COPY", "SELECT",
        ]  # fmt: skip
        assert [row["status"] for row in inner] == [1, 1, 1, 1, 1, 2]


def test_nothing_is_recorded_without_the_sdk_and_nothing_is_left_after(
    peer: Peer, database: str
) -> None:
    """
    While nothing is recorded statements work; afterwards psycopg is as it was.
    """
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)
    integration.uninstrument()
    for kind in (psycopg.Cursor, psycopg.ServerCursor, psycopg.AsyncCursor):
        for name in ("execute", "executemany", "stream", "copy"):
            assert getattr(kind, name).__module__.startswith("psycopg")
    assert not {"copy", "stream"} & set(vars(psycopg.ServerCursor))
    assert limnograph.init("shop", peer.uri)
    with psycopg.connect(database) as conn:
        conn.execute("SELECT 1")
    assert spans(peer, database) == []
