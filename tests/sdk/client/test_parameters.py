"""Values beside the text of a query: each arrives as what it is, over both doors."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import limnograph
from limnograph.client import Client, QueryError, SqlError

ID = uuid.UUID("0192d3a0-7c00-7000-8000-000000000001")


def selected(lake: Client, value: Any) -> pa.ChunkedArray:
    """Return what comes back for a parameter."""
    return lake.query("SELECT ? AS v", params=[value]).arrow().column("v")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (-5, -5),
        (0.25, 0.25),
        ("it's; --", "it's; --"),
        (None, None),
        ([1, 2, None], [1, 2, None]),
        (("a", "b"), ["a", "b"]),
        (ID, str(ID)),
        (np.int32(7), 7),
        (np.float64(0.5), 0.5),
        (np.array([1, 2]), [1, 2]),
        (pl.Series(["x"]), ["x"]),
    ],
)
def test_a_value_comes_back_as_it_went(lake: Client, value: Any, expected: Any) -> None:
    """
    Text is never read as SQL, and other libraries' values are what they stand for.
    """
    assert selected(lake, value).to_pylist() == [expected]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (Decimal("1.50"), pa.decimal128(3, 2), Decimal("1.50")),
        (b"\x00\xff", pa.binary(), b"\x00\xff"),
        (date(2026, 1, 31), pa.date32(), date(2026, 1, 31)),
        (2**63, pa.uint64(), 2**63),
        (timedelta(milliseconds=3), pa.duration("ns"), None),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), pa.timestamp("ns", "UTC"), None),
        ([datetime(2026, 1, 31), None], pa.list_(pa.timestamp("ns", "UTC")), None),  # noqa: DTZ001
        ([1, 2.5], pa.list_(pa.float64()), [1.0, 2.5]),
        (float("inf"), pa.float64(), float("inf")),
    ],
)
def test_types_are_kept(lake: Client, value: Any, kind: pa.DataType, expected: Any) -> None:
    """
    A decimal is no float, a time no text, whichever the door.
    """
    found = selected(lake, value)
    if pa.types.is_list(kind):
        assert found.type.value_type == kind.value_type
    else:
        assert found.type == kind or (pa.types.is_decimal(kind) and pa.types.is_decimal(found.type))
    if expected is not None:
        assert found.to_pylist() == [expected]


TIME_NS = 1_700_000_000_123_456_789


@pytest.mark.parametrize(
    "when",
    [
        pd.Timestamp(TIME_NS, tz="Europe/Paris"),
        np.datetime64(TIME_NS, "ns"),
        "2023-11-14T22:13:20.123456789Z",
    ],
)
def test_times_are_compared_to_the_nanosecond(lake: Client, when: Any) -> None:
    """
    Whatever holds them, and whichever zone they are told in.
    """
    assert lake.query("SELECT count(*) AS n FROM kinds WHERE t = ?", params=[when]).scalar() == 1


def test_a_time_of_a_zone_is_that_moment(lake: Client) -> None:
    """
    Also in the hour that a change of clocks repeats.
    """
    paris = ZoneInfo("Europe/Paris")
    sql = "SELECT CAST(? AS TIMESTAMP) - CAST(? AS TIMESTAMP) AS d"
    first, second = (datetime(2026, 10, 25, 2, 30, tzinfo=paris, fold=fold) for fold in (0, 1))
    assert lake.query(sql, params=[second, first]).scalar() == timedelta(hours=1)


def test_names_and_numbers(lake: Client) -> None:
    """
    ``?`` and ``$1`` take a list, ``:name`` a dict; none is used without a limit or range.
    """
    ask = lake.query
    assert ask("SELECT n FROM numbers WHERE n = $2 OR n = $1", params=[1, 2]).rows() == [(1,), (2,)]
    sql = "SELECT name FROM numbers WHERE n > :low AND n < :high"
    assert ask(sql, params={"high": 4, "low": 2}).scalar() == "n3"
    assert ask(sql, params={"high": 9, "low": 2}, limit=2).rows() == [("n3",), ("n4",)]
    assert ask("SELECT 1 AS one", params=[]).scalar() == 1


def test_what_is_missing_or_left_over_is_an_error_of_the_sql(lake: Client) -> None:
    """
    Before anything runs, and the same over both doors.
    """
    for params in ([], [1, 2], {"x": 1, "y": 2}):
        with pytest.raises(QueryError):
            lake.query("SELECT ? AS v", params=params)


@pytest.mark.parametrize("value", [object(), {"a": 1}, 1j, [object()], 2**70])
def test_what_sql_does_not_have_is_refused_with_its_name(lake: Client, value: Any) -> None:
    """
    Here, or by the service: never something else in its place.
    """
    with pytest.raises(QueryError, match="x"):
        lake.query("SELECT :x AS v", params={"x": value})


@pytest.mark.parametrize("params", ["text", b"bytes", 5])
def test_params_are_a_list_or_a_dict(lake: Client, params: Any) -> None:
    """
    A text is a sequence too, but hardly meant as one.
    """
    with pytest.raises(QueryError, match="neither a list of values nor a dict"):
        lake.query("SELECT ? AS v", params=params)


def test_a_statement_with_parameters_shows_its_place_too(lake: Client) -> None:
    """
    Prepared statements fail like others.
    """
    with pytest.raises(SqlError) as caught:
        lake.query("SELECT n\nFROM nowhere WHERE n = ?", params=[1])
    assert (caught.value.line, caught.value.column) == (2, 6)


def test_a_datetime_without_a_zone_is_in_that_of_the_client(lake: Client) -> None:
    """
    As the ends of a range are; one that has a zone keeps its moment.
    """
    sql = "SELECT CAST(? AS TIMESTAMP) AS a, CAST(? AS TIMESTAMP) AS b"
    naive = datetime(2026, 1, 31, 12)  # noqa: DTZ001
    with limnograph.connect(lake.uri, tz="Europe/Paris") as in_paris:
        found = in_paris.query(sql, params=[naive, naive.replace(tzinfo=UTC)]).one()
    assert found["a"] == datetime(2026, 1, 31, 11, tzinfo=UTC)
    assert found["b"] == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [pd.NaT, [object()], datetime.min.replace(tzinfo=ZoneInfo("Asia/Tokyo"))]
)
def test_a_value_that_is_none_is_refused_by_its_number(lake: Client, value: Any) -> None:
    """
    NaT, what is no value, and years that UTC has not.
    """
    with pytest.raises(QueryError, match=r"the parameter 2 .* cannot be sent"):
        lake.query("SELECT ?, ?", params=[1, value])


def test_times_of_numpy_arrays_are_times(lake: Client) -> None:
    """
    NumPy itself would make integers of those with nanoseconds. They are UTC in every zone.
    """
    times = np.array(["2026-01-31T12", "2026-02-01T12"], "datetime64[ns]")
    with limnograph.connect(lake.uri, tz="Europe/Paris") as in_paris:
        found = in_paris.query("SELECT ? AS t", params=[times]).scalar()
    assert found == [datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2026, 2, 1, 12, tzinfo=UTC)]
