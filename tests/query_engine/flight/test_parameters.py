"""Arrow values as SQL parameters: every type that SQL has, exact, typed also where NULL."""

import datetime as dt
import uuid
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pytest

from query_engine.flight.parameters import given_rows, named_columns, ordered
from query_engine.sql import plan
from query_engine.sql.errors import BadParameter
from tests.query_engine.sql.memory import NOW_NS, lake

NS = 1_767_322_245_123_456_789
TIME = pl.Datetime("ns", "UTC")
DAY = dt.date(2026, 1, 2)


def asked(array, sql="SELECT $1 AS x"):
    """Return the one column of *sql* over each value, one under the other."""
    frames = [
        plan(sql, lake(), now_ns=NOW_NS, parameters=given).collect()
        for given in given_rows(pa.table({"1": array}))
    ]
    return pl.concat(frames).to_series()


PLAIN = [
    (pa.array([True, None]), pl.Boolean()),
    (pa.array([-128, None], pa.int8()), pl.Int64()),
    (pa.array([65535, None], pa.uint16()), pl.Int64()),
    (pa.array([-(2**63), None], pa.int64()), pl.Int64()),
    (pa.array([2**63 - 1, None], pa.uint64()), pl.Int64()),
    (pa.array([2**64 - 1, 1, None], pa.uint64()), pl.UInt64()),
    (pa.array([1.5, None], pa.float16()), pl.Float64()),
    (pa.array([0.1, float("inf"), None], pa.float64()), pl.Float64()),
    (pa.array([Decimal("-1.50"), None], pa.decimal128(10, 2)), pl.Decimal(10, 2)),
    (pa.array([Decimal("1.5"), None], pa.decimal32(5, 1)), pl.Decimal(5, 1)),
    (pa.array([Decimal("1.5"), None], pa.decimal256(38, 1)), pl.Decimal(38, 1)),
    (pa.array(["it's", "", None]), pl.String()),
    (pa.array(["é", None], pa.large_utf8()), pl.String()),
    (pa.array(["é", None], pa.string_view()), pl.String()),
    (pa.array([b"\x00\xff", None]), pl.Binary()),
    (pa.array([b"ab", None], pa.binary(2)), pl.Binary()),
    (pa.array([b"ab", None], pa.binary_view()), pl.Binary()),
    (pa.array([DAY, None], pa.date32()), pl.Date()),
    (pa.array([DAY, None], pa.date64()), pl.Date()),
    (pa.array([dt.time(1, 2, 3), None], pa.time32("s")), pl.Time()),
    (pa.array([dt.time(1, 2, 3, 4), None], pa.time64("us")), pl.Time()),
    (pa.array([[1, None, 2], [], None]), pl.List(pl.Int64())),
    (pa.array([["a"], None], pa.large_list(pa.utf8())), pl.List(pl.String())),
    (pa.array([[1, 2], None], pa.list_(pa.int32(), 2)), pl.List(pl.Int64())),
    (pa.array(["x", None, "x"]).dictionary_encode(), pl.String()),
    (pa.array([None, None]), pl.Null()),
]


@pytest.mark.parametrize(
    ("array", "dtype"), PLAIN, ids=lambda value: str(getattr(value, "type", ""))
)
def test_values_come_back_as_they_were(array, dtype):
    """
    The type is that of the column, for a NULL as well.
    """
    answer = asked(array)
    assert answer.dtype == dtype
    assert answer.to_list() == array.to_pylist()


@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
@pytest.mark.parametrize(("unit", "step"), [("ns", 1), ("us", 10**3), ("ms", 10**6), ("s", 10**9)])
def test_times_are_exact_to_the_nanosecond(zone, unit, step):
    """
    A zone changes nothing about the moment; without one it is UTC.
    """
    array = pa.array([NS // step, None, -1], pa.timestamp(unit, zone))
    answer = asked(array)
    assert answer.dtype == TIME
    assert answer.cast(pl.Int64).to_list() == [NS // step * step, None, -step]


def test_clocks_and_lengths_of_time_are_exact_to_the_nanosecond():
    """
    Python's own types end at microseconds.
    """
    clock = asked(pa.array([86_399_999_999_999, None], pa.time64("ns")))
    assert (clock.dtype, clock.cast(pl.Int64).to_list()) == (pl.Time(), [86_399_999_999_999, None])
    for unit, step in (("ns", 1), ("s", 10**9)):
        length = asked(pa.array([-7, None], pa.duration(unit)))
        assert length.dtype == pl.Duration("ns")
        assert length.cast(pl.Int64).to_list() == [-7 * step, None]


def test_calendar_intervals_have_months():
    """
    They can be added to a time.
    """
    months = pa.array([(1, 2, 3)], pa.month_day_nano_interval())
    [answer] = asked(months, "SELECT TIMESTAMP '2026-01-31 00:00:00' + $1 AS x").cast(pl.Int64)
    assert answer == int(dt.datetime(2026, 3, 2, tzinfo=dt.UTC).timestamp()) * 10**9 + 3


def test_uuids_are_text_and_runs_are_their_values():
    """
    As ids are in every table.
    """
    value = uuid.uuid4()
    assert asked(pa.array([value.bytes, None], pa.uuid())).to_list() == [str(value), None]
    runs = pa.RunEndEncodedArray.from_arrays([2, 3], ["a", "b"])
    assert asked(runs).to_list() == ["a", "a", "b"]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([{"a": 1}]),
        pa.array([[("a", 1)]], pa.map_(pa.utf8(), pa.int64())),
        pa.array([[[1]]]),
        pa.array([[1]], pa.list_(pa.duration("ns"))),
        pa.array([Decimal(1)], pa.decimal256(50, 2)),
        pa.array([2**40], pa.timestamp("s")),
        pa.array([2**62], pa.duration("us")),
        pa.array([2**30], pa.date32()),
    ],
    ids=lambda array: str(array.type),
)
def test_what_sql_has_no_values_for_is_refused(array):
    """
    In one sentence that names the parameter.
    """
    with pytest.raises(BadParameter, match="the parameter 1 h"):
        given_rows(pa.table({"1": array}))


def test_columns_of_many_chunks_and_none_are_read():
    """
    However the client cut its batches.
    """
    chunked = pa.chunked_array([[1], [], [2, None]])
    assert asked(chunked).to_list() == [1, 2, None]
    assert given_rows(pa.table({"1": pa.chunked_array([], pa.utf8())})) == []


@pytest.mark.parametrize(
    "array",
    [pa.array([None], pa.utf8()), pa.array([None], pa.int64()), pa.array([None], pa.null())],
    ids=str,
)
def test_a_null_of_any_type_can_be_compared(array):
    """
    With anything that a NULL can be compared with; nothing is equal to it.
    """
    assert asked(array, "SELECT id FROM spans WHERE name = $1 OR id = $1").to_list() == []


def test_columns_go_to_parameters_by_name_or_by_order():
    """
    Numbers count as numbers, not as texts.
    """
    assert ordered(["10", "9", "1"]) == ["1", "9", "10"]
    assert ordered(["b", "1", "a"]) == ["b", "1", "a"]
    table = pa.table({"b": [1], "a": [2]})
    assert named_columns(["a", "b"], table).to_pydict() == {"a": [2], "b": [1]}
    assert named_columns(["x", "y"], table).to_pydict() == {"x": [1], "y": [2]}
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"])
    assert named_columns(["a", "b"], twice).to_pydict() == {"a": [1], "b": [2]}
    with pytest.raises(BadParameter, match="is 2, the statement has no parameters"):
        named_columns([], table)
