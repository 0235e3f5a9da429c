"""Values in text: forms that no reader distorts."""

import datetime as dt
import json
import math

import polars as pl
import pytest

from query_engine.http.formats.values import csv_rows, json_rows
from tests.query_engine.http.asking import ask


def test_json_values_survive_json_readers(client, memory_tables):
    """
    Nanoseconds, NaN, 64-bit integers, binary, maps and lists.
    """
    memory_tables.frames["kinds"] = pl.LazyFrame(
        {
            "t": pl.Series([1_760_000_000_123_456_789]).cast(pl.Datetime("ns", "UTC")),
            "nan": [math.nan],
            "inf": [math.inf],
            "safe": [2**53 - 1],
            "big": [2**53],
            "b": [b"\x00\xff"],
            "m": pl.Series([{"k": 'v"'}], dtype=pl.Map(pl.String(), pl.String())),
            "l": [["a", None]],
            "none": pl.Series([None], dtype=pl.String()),
        }
    )
    answer = ask(client, "SELECT * FROM kinds").json()
    assert answer["rows"] == [
        {
            "t": "2025-10-09T08:53:20.123456789Z",
            "nan": None,
            "inf": None,
            "safe": 2**53 - 1,
            "big": str(2**53),
            "b": "AP8=",
            "m": {"k": 'v"'},
            "l": ["a", None],
            "none": None,
        }
    ]


@pytest.mark.parametrize("dtype", [pl.Int8, pl.Int32, pl.UInt32, pl.Int64, pl.UInt64])
def test_integers_are_text_only_where_readers_would_round_them(dtype):
    """
    The extremes of every width.
    """
    low, high = (pl.select(f()).item() for f in (dtype.min, dtype.max))
    frame = pl.DataFrame({"n": pl.Series([low, high, None], dtype=dtype)})
    values = [row["n"] for row in json.loads(b"[" + json_rows(frame, ",") + b"]")]
    assert values == [n if abs(n) < 2**53 else str(n) for n in (low, high)] + [None]
    exact = json.loads(b"[" + json_rows(frame, ",", exact_numbers=False) + b"]")
    assert [row["n"] for row in exact] == [low, high, None]


def test_long_durations_are_text_too():
    """
    Nanoseconds beyond 104 days.
    """
    days = pl.Series([dt.timedelta(days=200), dt.timedelta(days=1)], dtype=pl.Duration("us"))
    rows = json_rows(pl.DataFrame({"d": days}), "\n").decode().split("\n")
    assert rows == ['{"d":"17280000000000000"}', '{"d":86400000000000}']


def test_csv_holds_nested_values_as_json():
    """
    Quoted as CSV wants it.
    """
    frame = pl.DataFrame({"l": [["a"], None], "n": [1, 2]})
    assert csv_rows(frame) == b'"[""a""]",1\n,2\n'
