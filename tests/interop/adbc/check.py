"""What a user of ADBC does through its DBAPI, each part at least once."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import adbc_driver_manager as manager
import pyarrow as pa
from adbc_driver_flightsql import ConnectionOptions, DatabaseOptions, StatementOptions

FLIGHT = os.environ["LIMNO_FLIGHT"]
FACTS = json.loads(Path(os.environ["LIMNO_FACTS"]).read_text())
HEADER = DatabaseOptions.RPC_CALL_HEADER_PREFIX.value
RANGE = {HEADER + "query_range_begin": FACTS["begin"], HEADER + "query_range_end": FACTS["end"]}
DIVISION = "SELECT 1 / (x - 1) FROM (VALUES (1)) AS t(x)"
SLOW = """WITH RECURSIVE slow(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM slow WHERE n < 9000)
    SELECT max(n) FROM slow"""
SLOW_ONES = """SELECT count(*) FROM system.queries
    WHERE sql LIKE '%RECURSIVE slow%' AND sql NOT LIKE '%system.%'"""


def connect(**options: str) -> flightsql.Connection:
    """Open a connection; there are no transactions, so autocommit says what is so."""
    return flightsql.connect(FLIGHT, db_kwargs=options, autocommit=True)


def asked(conn: flightsql.Connection, sql: str, parameters: Any = None) -> pa.Table:
    """Return the whole answer."""
    with conn.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetch_arrow_table()


@dataclass
class Refusal:
    """An error that was expected, once it has come."""

    error: manager.Error | None = None


@contextmanager
def refused(kind: type[manager.Error], status: str, *words: str) -> Iterator[Refusal]:
    """Expect an error of that class and status whose text has the words."""
    refusal = Refusal()
    try:
        yield refusal
    except kind as error:
        refusal.error = error
    said = str(refusal.error)
    assert refusal.error is not None, f"no {status}"
    assert refusal.error.status_code.name == status, said
    assert all(word in said for word in words), said
    assert "Traceback" not in said, said
    assert ".py" not in said, said


def every_type() -> None:
    """Each type arrives as itself, and NULL as NULL."""
    with connect() as conn:
        table = asked(conn, FACTS["every_type"])
        types = """int64 bool int8 int16 int32 int64 uint8 uint32 uint64 float double
        decimal128(20,2)
        string binary date32[day] time64[ns] timestamp[ns,tz=UTC] duration[ns] list<item:int64>
        struct<a:int64,b:string> map<string,string>"""
        assert [str(field.type).replace(" ", "") for field in table.schema] == types.split()
        first, second = (table.slice(row, 1) for row in (0, 1))
        values = {name: first.column(name)[0] for name in table.column_names}
        assert values["ns"].value == 1_767_323_045_123_456_789
        assert values["tod"].value == 86_399_123_456_789
        assert values["took"].value == 1_000_000_001
        plain = {name: values[name].as_py() for name in ("u64", "dec", "txt", "bin", "day", "pair")}
        assert plain == {
            "u64": 2**64 - 1,
            "dec": Decimal("-12345678901234567.89"),
            "txt": "grüße 🚀",
            "bin": b"\x00\xff\x10",
            "day": date(2026, 2, 28),
            "pair": {"a": 1, "b": "x"},
        }, plain
        assert values["list"].as_py() == [1, None, 3]
        assert dict(values["attributes"].as_py()) == {"k": "v", "ü": ""}
        assert [second.column(name)[0].as_py() for name in table.column_names[1:]] == [None] * 20


def stored_rows() -> None:
    """What was recorded is what is read, from tables and from the tail, to the nanosecond."""
    with connect() as conn:
        for process_id in FACTS["clockwork"].values():
            sql = """SELECT time, level, msg, properties FROM log_entries WHERE process_id = ?
            ORDER BY time"""
            table = asked(conn, sql, (process_id,))
            times = [moment.value for moment in table.column("time")]
            rows = [
                {
                    "time_ns": time_ns,
                    "level": row["level"],
                    "msg": row["msg"],
                    "properties": dict(row["properties"]),
                }
                for time_ns, row in zip(times, table.drop(["time"]).to_pylist(), strict=True)
            ]
            assert rows == FACTS["clockwork_rows"], rows


def dbapi() -> None:
    """Rows as tuples, one, many or all; the description of the columns; iteration; DataFrames."""
    with connect() as conn, conn.cursor() as cursor:
        cursor.execute("SELECT * FROM generate_series(1, 5)")
        assert [column[0] for column in cursor.description] == ["value"]
        assert cursor.fetchone() == (1,)
        assert cursor.fetchmany(2) == [(2,), (3,)]
        assert list(cursor) == [(4,), (5,)]
        assert cursor.fetchone() is None
        cursor.execute("SELECT time FROM log_entries WHERE process_id = ? ORDER BY time LIMIT 1",
                       [FACTS["clockwork"]["tail"]])  # fmt: skip
        frame = cursor.fetch_df()
        assert str(frame["time"].dtype) == "datetime64[ns, UTC]", frame.dtypes
        assert frame["time"][0].value == FACTS["clockwork_rows"][0]["time_ns"]
        cursor.execute("SELECT * FROM generate_series(1, 200000)")
        assert sum(batch.num_rows for batch in cursor.fetch_record_batch()) == 200_000


def parameters() -> None:
    """In both styles, of every type, several times over, and NULL."""
    moment = datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)
    with connect() as conn, conn.cursor() as cursor:
        cursor.execute("SELECT ? + 1, ?", (5, "it's"))
        assert cursor.fetchall() == [(6, "it's")]
        cursor.execute("SELECT $2 || $1 || $2", ("a", "b"))
        assert cursor.fetchall() == [("bab",)]
        sql = "SELECT ? AS f, ? AS t, ? AS b, ? AS m, ? AS d, ? AS c, ? AS n"
        values = (0.5, True, b"\x00\xff", moment, date(2026, 2, 28), Decimal("1.25"), None)
        cursor.execute(sql, values)
        assert cursor.fetchone() == values
        cursor.adbc_prepare(
            "SELECT time FROM log_entries WHERE level <= ? AND msg LIKE ? AND time > ?"
        )
        for level in (1, 2, 1):
            cursor.execute(
                "SELECT count(DISTINCT level) FROM log_entries WHERE level <= ?", (level,)
            )
            assert cursor.fetchone() == (level,)
        table = pa.table({"wanted": pa.array([2], pa.int16())})
        cursor.execute(
            "SELECT DISTINCT msg FROM log_entries WHERE level = ?", table.to_batches()[0]
        )
        assert ("error",) in cursor.fetchall()
        nanos = pa.record_batch(
            {"t": pa.array([1_767_323_045_123_456_789], pa.timestamp("ns", "UTC"))}
        )
        cursor.execute("SELECT count(*) FROM log_entries WHERE time = ?", nanos)
        assert cursor.fetchone() == (len(FACTS["clockwork"]),)
        with refused(manager.ProgrammingError, "INVALID_ARGUMENT", "parameter"):
            cursor.execute("SELECT ?, ?", (1,))
            cursor.fetchall()


def interleaved() -> None:
    """Two cursors of one connection with the same text and other values."""
    with connect() as conn, conn.cursor() as one, conn.cursor() as two:
        sql = "SELECT ? AS x FROM generate_series(1, 3)"
        one.execute(sql, (1,))
        two.execute(sql, (2,))
        assert one.fetchone() == (1,)
        assert two.fetchone() == (2,)
        assert one.fetchall() == [(1,)] * 2
        assert two.fetchall() == [(2,)] * 2


def listings() -> None:
    """Catalogs, schemas, tables and columns, at each depth and with each filter."""
    with connect() as conn:
        assert conn.adbc_get_table_types() == ["BASE TABLE", "VIEW"]
        (catalog,) = conn.adbc_get_objects(depth="catalogs").read_all().to_pylist()
        assert catalog == {"catalog_name": "limnograph", "catalog_db_schemas": None}
        assert schemas_of(conn, depth="db_schemas") == ["information_schema", "public", "system"]
        assert schemas_of(conn, depth="db_schemas", db_schema_filter="p%") == ["public"]
        assert not conn.adbc_get_objects(catalog_filter="other").read_all().num_rows
        known = asked(
            conn, "SELECT table_schema, table_name FROM information_schema.tables ORDER BY 1, 2"
        )
        tables = [
            (schema["db_schema_name"], table["table_name"])
            for schema in places(conn, depth="tables")
            for table in schema["db_schema_tables"]
        ]
        assert tables == [tuple(row.values()) for row in known.to_pylist()]
        views = places(conn, depth="tables", table_types_filter=["VIEW"])
        filled = {schema["db_schema_name"] for schema in views if schema["db_schema_tables"]}
        assert filled == {"information_schema"}
        (schema,) = places(conn, db_schema_filter="public", table_name_filter="log\\_entr%",
                           column_name_filter="%e%time")  # fmt: skip
        (table,) = schema["db_schema_tables"]
        assert table["table_name"] == "log_entries"
        (column,) = table["table_columns"]
        assert column["column_name"] == "insert_time"
        assert column["xdbc_type_name"] == "TIMESTAMP"
        assert column["xdbc_scope_schema"] == "public"
        schema = conn.adbc_get_table_schema("log_entries", db_schema_filter="public")
        sent = asked(conn, "SELECT * FROM log_entries LIMIT 0").schema
        assert schema.equals(sent, check_metadata=False)
        assert schema.field("msg").metadata[b"ARROW:FLIGHT:SQL:REMARKS"]
        with refused(manager.ProgrammingError, "NOT_FOUND"):
            conn.adbc_get_table_schema("nothing")


def places(conn: flightsql.Connection, **wanted: Any) -> list[dict[str, Any]]:
    """Return the schemas of the one catalog."""
    (catalog,) = conn.adbc_get_objects(**wanted).read_all().to_pylist()
    return catalog["catalog_db_schemas"]


def schemas_of(conn: flightsql.Connection, **wanted: Any) -> list[str]:
    """Return the names of the schemas."""
    return [schema["db_schema_name"] for schema in places(conn, **wanted)]


def about_the_service() -> None:
    """Its name, and that of the driver's Arrow."""
    with connect() as conn:
        info = conn.adbc_get_info()
        assert info["vendor_name"] == "Limnograph", info
        assert info["vendor_arrow_version"], info


def without_rows() -> None:
    """The schema of an answer, and the parts in which it can be read elsewhere."""
    with connect() as conn, conn.cursor() as cursor:
        schema = cursor.adbc_execute_schema("SELECT time, level FROM log_entries")
        assert schema == pa.schema([("time", pa.timestamp("ns", "UTC")), ("level", pa.int32())])
        parts, schema = cursor.adbc_execute_partitions("SELECT * FROM generate_series(1, 4)")
        assert schema == pa.schema([("value", pa.int64())])
    rows = []
    for part in parts:
        with connect() as elsewhere, elsewhere.cursor() as cursor:
            cursor.adbc_read_partition(part)
            rows += cursor.fetchall()
    assert rows == [(1,), (2,), (3,), (4,)]


def headers() -> None:
    """Range and limit as options of the database, the connection and the statement."""
    count = "SELECT count(*) FROM log_entries WHERE process_id = ?"
    process_id, shop = FACTS["clockwork"]["stored"], FACTS["shop"]["stored"]
    with connect(**RANGE) as conn, conn.cursor() as cursor:
        cursor.execute(count, (process_id,))
        assert cursor.fetchone() == (0,), "its rows are older than the range"
        cursor.execute(count, (shop,))
        assert cursor.fetchone() == (FACTS["shop_counts"]["logs"],)
    with connect() as conn:
        for name, value in RANGE.items():
            conn.adbc_connection.set_options(**{name: value})
        assert asked(conn, count, (process_id,)).column(0).to_pylist() == [0]
    with connect() as conn, conn.cursor() as cursor:
        cursor.adbc_statement.set_options(**RANGE)
        cursor.execute(count, (process_id,))
        assert cursor.fetchone() == (0,)
        cursor.adbc_statement.set_options(**{HEADER + "limit": "2"})
        cursor.execute("SELECT * FROM generate_series(1, 10)")
        assert cursor.fetchall() == [(1,), (2,)]
    authorized = {DatabaseOptions.AUTHORIZATION_HEADER.value: "Bearer nobody-asks-yet"}
    with connect(**authorized) as conn:
        assert asked(conn, "SELECT 1").num_rows == 1
    with (
        connect(**{HEADER + "limit": "many"}) as conn,
        refused(manager.ProgrammingError, "INVALID_ARGUMENT", "limit is not a number of rows"),
    ):
        asked(conn, "SELECT 1")


def large_answers() -> None:
    """Batches stay below the 16 MiB that the client takes."""
    with connect() as conn:
        sql = "SELECT x, repeat('x', 100000) AS text FROM generate_series(1, 400) AS t(x)"
        table = asked(conn, sql)
        assert table.num_rows == 400
        assert table.nbytes > 40_000_000
        assert max(batch.nbytes for batch in table.to_batches()) < 16 << 20
        assert asked(conn, "SELECT time, msg FROM log_entries WHERE false").num_rows == 0


def errors() -> None:
    """The status that says who must act, with the place in the text; the trailers have the rest."""
    wrong = {
        "SELECT nothing FROM log_entries": ("INVALID_ARGUMENT", 'no column "nothing"', "column 8"),
        "SELECT 1\nFROM nothing": ("INVALID_ARGUMENT", "no table 'nothing'", "line 2, column 6"),
        "SELECT FROM": ("INVALID_ARGUMENT", "syntax error", "line 1, column 8"),
        DIVISION: ("INVALID_ARGUMENT", "division by zero"),
        "SELECT 1; SELECT 2": ("NOT_IMPLEMENTED", "one statement at a time"),
        "INSERT INTO log_entries VALUES (1)": ("NOT_IMPLEMENTED", "INSERT is not supported"),
        f"SELECT * FROM view_instance('thread_spans', '{'0' * 8}-0000-0000-0000-{'0' * 12}')": (
            "NOT_FOUND",
            "there is no stream",
        ),
    }
    with connect() as conn:
        for sql, (status, *words) in wrong.items():
            kinds = {"NOT_IMPLEMENTED": manager.NotSupportedError}
            with refused(kinds.get(status, manager.ProgrammingError), status, *words):
                asked(conn, sql)
        with refused(manager.ProgrammingError, "INVALID_ARGUMENT") as caught:
            asked(conn, DIVISION)
        told = dict(caught.error.details)
        assert told[b"limno-code"] == b"sql_run", told
        assert told[b"limno-query-id"].decode() in str(caught.error), told
        assert asked(conn, "SELECT 1").num_rows == 1, "the connection lives on"


def writing() -> None:
    """Nothing is written, and the text says where to go instead."""
    with connect() as conn, conn.cursor() as cursor:
        with refused(manager.NotSupportedError, "NOT_IMPLEMENTED"):
            cursor.executemany("INSERT INTO log_entries VALUES (?)", [(1,), (2,)])
        with refused(manager.NotSupportedError, "NOT_IMPLEMENTED"):
            cursor.executescript("DELETE FROM log_entries")


def running(conn: flightsql.Connection) -> int:
    """Return how many slow queries are under way."""
    return asked(conn, SLOW_ONES).column(0)[0].as_py()


def ends(conn: flightsql.Connection, condition: Callable[[int], bool]) -> None:
    """Wait until so many slow queries are under way."""
    deadline = time.monotonic() + 60
    while not condition(running(conn)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def timeouts() -> None:
    """A deadline of the client ends the query on the server as well."""
    with connect() as conn, connect() as other:
        conn.adbc_connection.set_options(**{ConnectionOptions.TIMEOUT_FETCH.value: 0.5})
        with refused(manager.OperationalError, "TIMEOUT"):
            asked(conn, SLOW)
        ends(other, lambda count: count == 0)
        with conn.cursor() as cursor:
            cursor.adbc_statement.set_options(**{StatementOptions.TIMEOUT_FETCH.value: 60.0})
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)


def cancel() -> None:
    """Another thread cancels; the query ends on the server, and the cursor lives on."""
    with connect() as conn, connect() as other, conn.cursor() as cursor:

        def stop() -> None:
            ends(other, lambda count: count > 0)
            cursor.adbc_cancel()

        stopper = threading.Thread(target=stop)
        stopper.start()
        try:
            with refused(manager.OperationalError, "CANCELLED"):
                cursor.execute(SLOW)
                cursor.fetchall()
        finally:
            stopper.join()
        ends(other, lambda count: count == 0)
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


CHECKS = (
    every_type, stored_rows, dbapi, parameters, interleaved, listings, about_the_service,
    without_rows, headers, large_answers, errors, writing, timeouts, cancel,
)  # fmt: skip

for check in CHECKS:
    print(check.__name__, flush=True)
    check()
