"""What users of DuckDB do: SQL of their own over what an ADBC connection streams from the lake."""

import json
import os
from decimal import Decimal
from pathlib import Path

import adbc_driver_flightsql.dbapi as flight_sql
import duckdb

facts = json.loads(Path(os.environ["LIMNO_FACTS"]).read_text())
lake = flight_sql.connect(os.environ["LIMNO_FLIGHT"], autocommit=True)
shops, clocks = list(facts["shop"].values()), list(facts["clockwork"].values())
local = duckdb.connect()
local.execute("SET TimeZone = 'UTC'")


def batches_are_read_as_a_table() -> None:
    with lake.cursor() as cursor:
        cursor.execute("SELECT process_id, level, msg FROM log_entries")
        entries = cursor.fetch_record_batch()  # noqa: F841 - DuckDB finds it by its name
        counted = local.execute(
            "SELECT process_id, count(*), count(DISTINCT level) FROM entries GROUP BY ALL"
        ).fetchall()
    found = {process_id: (rows, levels) for process_id, rows, levels in counted}
    for process_id in shops:
        assert found[process_id] == (facts["shop_counts"]["logs"], 6)
    for process_id in clocks:
        assert found[process_id] == (6, 6)


def times_are_exact() -> None:
    expected = facts["clockwork_rows"]
    for process_id in clocks:
        with lake.cursor() as cursor:
            cursor.execute(
                "SELECT time, level, msg, properties FROM log_entries WHERE process_id = ?",
                [process_id],
            )
            entries = cursor.fetch_record_batch()  # noqa: F841
            rows = local.execute(
                "SELECT epoch_ns(time), level, msg, properties FROM entries ORDER BY time"
            ).fetchall()
        assert rows == [
            (row["time_ns"], row["level"], row["msg"], row["properties"]) for row in expected
        ]


def every_type_arrives() -> None:
    with lake.cursor() as cursor:
        cursor.execute(facts["every_type"])
        values = cursor.fetch_arrow_table()  # noqa: F841
    relation = local.sql("FROM values ORDER BY id")
    assert [str(kind) for kind in relation.types] == [
        "BIGINT", "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "UINTEGER",
        "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL(20,2)", "VARCHAR", "BLOB", "DATE", "TIME_NS",
        "TIMESTAMPTZ_NS", "INTERVAL", "BIGINT[]", "STRUCT(a BIGINT, b VARCHAR)",
        "MAP(VARCHAR, VARCHAR)",
    ], relation.types  # fmt: skip
    first, second = (dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall())
    assert (first["i64"], first["u64"]) == (2**63 - 1, 2**64 - 1)
    assert first["dec"] == Decimal("-12345678901234567.89")
    assert (first["bin"], first["txt"]) == (b"\0\xff\x10", "grüße 🚀")
    assert local.sql("SELECT epoch_ns(ns) FROM values WHERE id = 1").fetchall() == [
        (1_767_323_045_123_456_789,)
    ]
    assert first["list"] == [1, None, 3]
    assert first["pair"] == {"a": 1, "b": "x"}
    assert first["attributes"] == {"k": "v", "ü": ""}
    assert set(second.values()) == {2, None}


def a_local_table_keeps_what_was_read() -> None:
    with lake.cursor() as cursor:
        cursor.execute("SELECT value FROM generate_series(1, 300000) AS t(value)")
        numbers = cursor.fetch_record_batch()  # noqa: F841
        local.execute("CREATE TABLE kept AS FROM numbers")
    assert local.sql("SELECT count(*), sum(value) FROM kept").fetchall() == [
        (300_000, 300_000 * 300_001 // 2)
    ]


def a_query_that_fails_late_is_no_short_answer() -> None:
    with lake.cursor() as cursor:
        cursor.execute(facts["fails_late"])
        rows = cursor.fetch_record_batch()  # noqa: F841
        try:
            counted = local.execute("SELECT count(*) FROM rows").fetchall()
        except duckdb.Error as error:
            assert "TRY_CAST" in str(error), error
            return
    raise AssertionError(f"it was taken for a whole answer: {counted}")


for check in (
    batches_are_read_as_a_table,
    times_are_exact,
    every_type_arrives,
    a_local_table_keeps_what_was_read,
    a_query_that_fails_late_is_no_short_answer,
):
    check()
    print(check.__name__, "ok", flush=True)
lake.close()
