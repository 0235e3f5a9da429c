"""What users of pandas do: `read_sql`, `read_sql_query`, `read_sql_table` over ADBC."""

import json
import os
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import adbc_driver_flightsql.dbapi as flight_sql
import adbc_driver_manager
import pandas as pd

facts = json.loads(Path(os.environ["LIMNO_FACTS"]).read_text())
lake = flight_sql.connect(os.environ["LIMNO_FLIGHT"], autocommit=True)
shops, clocks = list(facts["shop"].values()), list(facts["clockwork"].values())


def rows_of_every_application() -> None:
    for process_id in shops:
        frame = pd.read_sql(
            f"SELECT time, level, msg FROM log_entries WHERE process_id = '{process_id}'", lake
        )
        assert len(frame) == facts["shop_counts"]["logs"]
        assert str(frame["time"].dtype) == "datetime64[ns, UTC]", frame.dtypes
        assert sorted(frame["level"].unique()) == [1, 2, 3, 4, 5, 6]
        assert {"grüße 🚀", "", "order 249 of ann"} <= set(frame["msg"])


def times_are_exact() -> None:
    expected = facts["clockwork_rows"]
    for process_id in clocks:
        frame = pd.read_sql_query(
            "SELECT time, level, msg, properties FROM log_entries "
            f"WHERE process_id = '{process_id}' ORDER BY time",
            lake,
        )
        assert frame["time"].astype("int64").to_list() == [row["time_ns"] for row in expected]
        assert frame["msg"].to_list() == [row["msg"] for row in expected]
        assert [dict(pairs) for pairs in frame["properties"]] == [
            row["properties"] for row in expected
        ]


def a_whole_table_is_read_by_its_name() -> None:
    frame = pd.read_sql_table("processes", lake)
    assert set(shops + clocks) <= set(frame["process_id"])
    assert str(frame["start_time"].dtype) == "datetime64[ns, UTC]"
    some = pd.read_sql_table("log_entries", lake, schema="public", columns=["level", "msg"])
    assert list(some.columns) == ["level", "msg"]
    counted = pd.read_sql("SELECT count(*) AS n FROM log_entries", lake)
    assert len(some) == counted["n"].item() >= 2 * facts["shop_counts"]["logs"]


def every_type_arrives() -> None:
    # pandas has no time of day with nanoseconds.
    frame = pd.read_sql(f"SELECT * EXCLUDE (tod) FROM ({facts['every_type']}) AS t", lake)
    first, second = frame.to_dict("records")
    assert first["dec"] == Decimal("-12345678901234567.89")
    assert (first["bin"], first["txt"]) == (b"\0\xff\x10", "grüße 🚀")
    assert first["ns"] == pd.Timestamp("2026-01-02T03:04:05.123456789Z")
    assert first["took"] == pd.Timedelta(1_000_000_001, unit="ns")
    assert first["pair"] == {"a": 1, "b": "x"}
    assert dict(first["attributes"]) == {"k": "v", "ü": ""}
    assert all(pd.isna(value) for name, value in second.items() if name != "id"), second


def arrow_types_keep_integers_beside_nulls() -> None:
    frame = pd.read_sql(facts["every_type"], lake, dtype_backend="pyarrow")
    assert str(frame["i64"].dtype) == "int64[pyarrow]", frame.dtypes
    assert str(frame["ns"].dtype) == "timestamp[ns, tz=UTC][pyarrow]", frame.dtypes
    assert (frame["i64"][0], frame["u64"][0]) == (2**63 - 1, 2**64 - 1)
    assert frame["i64"].isna().to_list() == [False, True]
    assert frame["ns"].astype("int64[pyarrow]")[0] == 1_767_323_045_123_456_789


def encrypted_connections() -> None:
    sql = "SELECT 41 + 1 AS answer"
    with flight_sql.connect(os.environ["LIMNO_FLIGHT_TLS"], autocommit=True) as encrypted:
        assert pd.read_sql(sql, encrypted)["answer"].to_list() == [42]
    link = os.environ["LIMNO_HTTPS"] + "/api/query?" + urlencode({"sql": sql, "format": "parquet"})
    assert pd.read_parquet(link)["answer"].to_list() == [42]


def writing_is_refused() -> None:
    frame = pd.DataFrame({"n": [1]})
    refused(lambda: frame.to_sql("numbers", lake, index=False), "")


def errors_name_the_mistake() -> None:
    refused(lambda: pd.read_sql("SELECT nothing FROM log_entries", lake), "nothing")
    refused(lambda: pd.read_sql_table("nonsense", lake), "nonsense")
    refused(lambda: pd.read_sql(facts["fails_late"], lake), "TRY_CAST")


def refused(call, word: str) -> None:
    """Check that *call* fails with the service's text, which has *word*."""
    try:
        call()
    except (pd.errors.DatabaseError, adbc_driver_manager.Error, ValueError) as error:
        assert word in str(error), error
        assert ".py" not in str(error), error
        return
    raise AssertionError("it was not refused")


for check in (
    rows_of_every_application,
    times_are_exact,
    a_whole_table_is_read_by_its_name,
    every_type_arrives,
    arrow_types_keep_integers_beside_nulls,
    encrypted_connections,
    writing_is_refused,
    errors_name_the_mistake,
):
    check()
    print(check.__name__, "ok", flush=True)
lake.close()
