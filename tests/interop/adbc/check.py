"""What a user of ADBC does through its DBAPI, each part at least once."""

import sys
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import adbc_driver_manager as manager
import pyarrow as pa
from adbc_driver_flightsql import DatabaseOptions

sys.path.append(str(Path(__file__).parent))  # no other check has a second file

from asking import FACTS, HEADER, asked, connect, refused
from ends import cancel, errors, timeouts, writing

RANGE = {HEADER + "query_range_begin": FACTS["begin"], HEADER + "query_range_end": FACTS["end"]}


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
        cursor.execute("SELECT process_id FROM log_entries WHERE time = ?", nanos)
        # Another client's check may have replicated such a process meanwhile.
        assert {(process_id,) for process_id in FACTS["clockwork"].values()} <= {*cursor.fetchall()}
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
    """Its name, and where a name without a schema is looked for, which cannot be changed."""
    with connect() as conn:
        info = conn.adbc_get_info()
        assert info["vendor_name"] == "Limnograph", info
        assert info["vendor_arrow_version"], info
        assert conn.adbc_current_catalog == "limnograph"
        assert conn.adbc_current_db_schema == "public"
        conn.adbc_current_db_schema = "public"
        with refused(manager.ProgrammingError, "INVALID_ARGUMENT", "schema"):
            conn.adbc_current_db_schema = "system"


def dictionaries() -> None:
    """Text in dictionaries for who asks, in batches that each have their own."""
    sql = "SELECT CAST(x % 3 AS TEXT) AS name, x FROM generate_series(1, 200000) AS t(x)"
    with connect(**{HEADER + "preserve_dictionary": "true"}) as conn:
        table = asked(conn, sql)
        assert pa.types.is_dictionary(table.schema.field("name").type), table.schema
        assert table.column("name").to_pylist()[:4] == ["1", "2", "0", "1"]
        assert table.num_rows == 200_000
    with connect() as conn:
        assert asked(conn, sql).schema.field("name").type == pa.utf8()


def credentials() -> None:
    """Whatever a proxy wants: a user and a password, or a header; the service takes all of them."""
    for options in (
        {"username": "ada", "password": "secret"},
        {DatabaseOptions.AUTHORIZATION_HEADER.value: "Bearer something"},
        {HEADER + "x-user-id": "ada", HEADER + "x-client-type": "notebook"},
    ):
        with connect(**options) as conn:
            rows = asked(conn, "SELECT user, client FROM system.queries WHERE sql LIKE '%user, %'")
            told = rows.to_pylist()[-1]
            assert ("ada" in told.values()) == (HEADER + "x-user-id" in options), told


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


def uploads() -> None:
    """Administrators add rows as another lake has them; known ones stay as they are."""
    known = FACTS["clockwork"]["tail"]
    payloads = """SELECT process_id, stream_id, block_id,
        get_payload(process_id, stream_id, block_id) AS payload FROM blocks WHERE process_id = ?"""
    count = "SELECT count(*) FROM log_entries WHERE process_id = ?"
    with connect() as conn, conn.cursor() as cursor:
        for name in ("processes", "streams", "blocks", "payloads"):
            sql = payloads if name == "payloads" else f"SELECT * FROM {name} WHERE process_id = ?"
            rows = asked(conn, sql, (known,))
            assert cursor.adbc_ingest(name, rows, mode="append") == rows.num_rows > 0
        assert asked(conn, count, (known,)).column(0).to_pylist() == [len(FACTS["clockwork_rows"])]
        process = asked(conn, "SELECT * FROM processes WHERE process_id = ?", (known,))
        new = process.set_column(0, "process_id", [[str(uuid.uuid4())]])
        assert cursor.adbc_ingest("processes", new.to_reader(), mode="create_append") == 1
        found = asked(
            conn, "SELECT exe FROM processes WHERE process_id = ?", new.to_pydict()["process_id"]
        )
        assert found.to_pylist() == [{"exe": "clockwork"}]
        for mode in ("create", "replace"):
            with refused(manager.NotSupportedError, "NOT_IMPLEMENTED", "append"):
                cursor.adbc_ingest("processes", new, mode=mode)
        with refused(manager.ProgrammingError, "INVALID_ARGUMENT", "process_id"):
            cursor.adbc_ingest("processes", new.drop(["process_id"]), mode="append")


CHECKS = (
    every_type, stored_rows, dbapi, parameters, interleaved, listings, about_the_service,
    dictionaries, credentials, without_rows, headers, large_answers, errors, writing, timeouts,
    cancel,
    uploads,
)  # fmt: skip

for check in CHECKS:
    print(check.__name__, flush=True)
    check()
