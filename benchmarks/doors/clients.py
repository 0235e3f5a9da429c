"""
How each client asks: a connection, from which SQL goes out and batches come back.

Every client here reads batch by batch and keeps none of them, so that what is measured is the way
of the rows, not the making of a frame.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import adbc_driver_flightsql
import adbc_driver_flightsql.dbapi
import adbc_driver_manager
import pyarrow as pa
import pyarrow.flight as fl
import requests

import limnograph

Ask = Callable[[str], Iterator[pa.RecordBatch]]
Connect = Callable[[int], AbstractContextManager[Ask]]
"""Connects to a port of this machine."""


@contextmanager
def pyarrow_flight(port: int) -> Iterator[Ask]:
    """One DoGet with the SQL as its ticket."""

    def ask(sql: str) -> Iterator[pa.RecordBatch]:
        for piece in client.do_get(fl.Ticket(sql.encode())):
            yield piece.data

    with fl.connect(f"grpc://127.0.0.1:{port}") as client:
        yield ask


@contextmanager
def adbc(port: int) -> Iterator[Ask]:
    """The driver in Go, without its prepared statements: GetFlightInfo, then DoGet."""

    def ask(sql: str) -> Iterator[pa.RecordBatch]:
        with adbc_driver_manager.AdbcStatement(connection) as statement:
            statement.set_sql_query(sql)
            stream, _ = statement.execute_query()
            yield from pa.RecordBatchReader._import_from_c(stream.address)  # noqa: SLF001

    with (
        adbc_driver_flightsql.connect(f"grpc://127.0.0.1:{port}") as database,
        adbc_driver_manager.AdbcConnection(database) as connection,
    ):
        yield ask


@contextmanager
def adbc_dbapi(port: int) -> Iterator[Ask]:
    """The same driver as pandas and Polars use it: each statement is prepared first."""

    def ask(sql: str) -> Iterator[pa.RecordBatch]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            yield from cursor.fetch_record_batch()

    with adbc_driver_flightsql.dbapi.connect(
        f"grpc://127.0.0.1:{port}", autocommit=True
    ) as connection:
        yield ask


@contextmanager
def our_flight(port: int) -> Iterator[Ask]:
    """Our client over the Flight door."""
    with limnograph.connect(f"grpc://127.0.0.1:{port}") as lake:
        yield lambda sql: iter(lake.query(sql))


@contextmanager
def our_http(port: int) -> Iterator[Ask]:
    """Our client over the HTTP door."""
    with limnograph.connect(f"http://127.0.0.1:{port}") as lake:
        yield lambda sql: iter(lake.query(sql))


def plain_http(**body: object) -> Connect:
    """Return ``requests`` and ``pyarrow``; *body* goes into the question."""

    @contextmanager
    def connect(port: int) -> Iterator[Ask]:
        def ask(sql: str) -> Iterator[pa.RecordBatch]:
            asked = {"sql": sql, "format": "arrow", **body}
            url = f"http://127.0.0.1:{port}/api/query"
            with session.post(url, json=asked, stream=True) as answer:
                answer.raise_for_status()
                yield from pa.ipc.open_stream(answer.raw)

        with requests.Session() as session:
            yield ask

    return connect


FLIGHT: Mapping[str, Connect] = {"pyarrow": pyarrow_flight, "adbc": adbc, "ours": our_flight}
HTTP: dict[str, Connect] = {"ours": our_http, "requests": plain_http()}
COMPRESSED: dict[str, Connect] = {
    f"requests_{codec}": plain_http(compression=codec) for codec in ("lz4", "zstd")
}
"""Worth it on slow links; on this machine they show what it costs."""
