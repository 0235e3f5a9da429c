"""What users of Polars do: `read_database` with an ADBC connection, `read_database_uri`."""

import json
import os
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import adbc_driver_flightsql
import adbc_driver_flightsql.dbapi as flight_sql
import adbc_driver_manager
import polars as pl
from polars.testing import assert_frame_equal

facts = json.loads(Path(os.environ["LIMNO_FACTS"]).read_text())
uri = os.environ["LIMNO_FLIGHT"]
address = uri.removeprefix("grpc://")
shops, clocks = list(facts["shop"].values()), list(facts["clockwork"].values())
header = adbc_driver_flightsql.ConnectionOptions.RPC_CALL_HEADER_PREFIX.value
lake = flight_sql.connect(uri, autocommit=True)
LOGS = "SELECT time, level, msg, properties FROM log_entries"


def rows_of_every_application() -> None:
    for process_id in shops:
        frame = pl.read_database(f"{LOGS} WHERE process_id = '{process_id}'", lake)
        assert frame.height == facts["shop_counts"]["logs"]
        assert frame["level"].unique().sort().to_list() == [1, 2, 3, 4, 5, 6]
        assert {"grüße 🚀", "", "order 249 of ann"} <= set(frame["msg"])
    empty = pl.read_database(f"{LOGS} WHERE false", lake)
    assert empty.height == 0
    assert empty.schema == frame.schema


def times_are_exact_and_parameters_bound() -> None:
    expected = facts["clockwork_rows"]
    for process_id in clocks:
        frame = pl.read_database(
            f"{LOGS} WHERE process_id = ? AND level >= ? ORDER BY time",
            lake,
            execute_options={"parameters": [process_id, 1]},
        )
        assert frame.schema["time"] == pl.Datetime("ns", "UTC")
        assert frame["time"].to_physical().to_list() == [row["time_ns"] for row in expected]
        assert frame["msg"].to_list() == [row["msg"] for row in expected]
        assert [dict(pairs) for pairs in frame["properties"]] == [
            row["properties"] for row in expected
        ]


def every_type_arrives() -> None:
    frame = pl.read_database(facts["every_type"], lake)
    assert list(frame.schema.values()) == [
        pl.Int64(), pl.Boolean(), pl.Int8(), pl.Int16(), pl.Int32(), pl.Int64(), pl.UInt8(),
        pl.UInt32(), pl.UInt64(), pl.Float32(), pl.Float64(), pl.Decimal(20, 2), pl.String(),
        pl.Binary(), pl.Date(), pl.Time(), pl.Datetime("ns", "UTC"), pl.Duration("ns"),
        pl.List(pl.Int64()), pl.Struct({"a": pl.Int64(), "b": pl.String()}),
        pl.Map(pl.String(), pl.String()),
    ], frame.schema  # fmt: skip
    first, second = frame.rows(named=True)
    assert (first["i64"], first["u64"]) == (2**63 - 1, 2**64 - 1)
    assert first["dec"] == Decimal("-12345678901234567.89")
    assert (first["bin"], first["txt"]) == (b"\0\xff\x10", "grüße 🚀")
    assert frame["ns"].to_physical()[0] == 1_767_323_045_123_456_789
    assert frame["tod"].to_physical()[0] == 86_399_123_456_789
    assert frame["took"].to_physical()[0] == 1_000_000_001
    assert first["list"] == [1, None, 3]
    assert first["pair"] == {"a": 1, "b": "x"}
    assert dict(first["attributes"]) == {"k": "v", "ü": ""}
    assert set(second.values()) == {2, None}


def batches_come_as_frames() -> None:
    sql = "SELECT value FROM generate_series(1, 300000) AS t(value)"
    frames = list(pl.read_database(sql, lake, iter_batches=True))
    assert len(frames) > 1
    assert sum(frame.height for frame in frames) == 300_000


def a_uri_is_enough() -> None:
    frame = pl.read_database_uri(
        f"{LOGS} ORDER BY time, msg", f"flightsql://{address}?transport=tcp", engine="adbc"
    )
    assert_frame_equal(frame, pl.read_database(f"{LOGS} ORDER BY time, msg", lake))


def encrypted_connections() -> None:
    encrypted = os.environ["LIMNO_FLIGHT_TLS"]
    frame = pl.read_database_uri(
        "SELECT 41 + 1 AS answer", encrypted.replace("grpc+tls", "flightsql"), engine="adbc"
    )
    assert frame["answer"].to_list() == [42]


def the_range_of_a_connection_applies_to_every_query() -> None:
    begin, end = (datetime.fromisoformat(facts[name]) for name in ("begin", "end"))
    for low, high, rows in (
        (begin, end, 2 * facts["shop_counts"]["logs"]),
        (begin - timedelta(9), begin - timedelta(8), 0),
    ):
        options = {
            header + "query_range_begin": low.isoformat(),
            header + "query_range_end": high.isoformat(),
        }
        with flight_sql.connect(uri, options, autocommit=True) as ranged:
            assert pl.read_database(LOGS, ranged).height == rows


def errors_name_the_mistake() -> None:
    refused("SELECT nothing FROM log_entries", "nothing")


def a_query_that_fails_late_is_no_short_answer() -> None:
    refused(facts["fails_late"], "TRY_CAST")


def refused(sql: str, word: str) -> None:
    """Check that *sql* fails with the service's text, which has *word*."""
    try:
        pl.read_database(sql, lake)
    except (adbc_driver_manager.Error, pl.exceptions.ComputeError) as error:
        assert word in str(error), error
        assert ".py" not in str(error), error
        return
    raise AssertionError("it was not refused")


for check in (
    rows_of_every_application,
    times_are_exact_and_parameters_bound,
    every_type_arrives,
    batches_come_as_frames,
    a_uri_is_enough,
    encrypted_connections,
    the_range_of_a_connection_applies_to_every_query,
    errors_name_the_mistake,
    a_query_that_fails_late_is_no_short_answer,
):
    check()
    print(check.__name__, "ok", flush=True)
lake.close()
