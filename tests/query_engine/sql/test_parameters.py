"""Parameters: constants that are given beside the text."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from query_engine.sql import plan, prepare
from query_engine.sql.catalog import ColumnPredicate
from query_engine.sql.errors import BadParameter, SqlError, TypeProblem, Unsupported
from query_engine.sql.parameters import Given
from tests.query_engine.sql.memory import NOW_NS, lake

ANSWERED: list[tuple[str, Given]] = [
    ("SELECT id FROM spans WHERE id = ? AND name = ?", [2, "pay"]),
    ("SELECT id FROM spans WHERE name = $2 AND id = $1", [2, "pay"]),
    ("SELECT id FROM spans WHERE name = $2 AND id = $1 AND name = $2", {"1": 2, "2": "pay"}),
    ("SELECT id FROM spans WHERE id = :id AND name = $name", {"id": 2, "name": "pay"}),
    ("SELECT ?::bigint WHERE ?", ["2", True]),
    ("SELECT x FROM (SELECT :b AS x) AS s ORDER BY x + :a LIMIT :c", {"a": 1, "b": 2, "c": 1}),
    ("VALUES (?)", [2]),
]
"""Texts whose answer is a 2."""

TIME = dt.datetime.fromtimestamp(NOW_NS // 10**9, dt.UTC)


def rows(sql: str, parameters: Given) -> list[tuple[object, ...]]:
    """Run a query."""
    return plan(sql, lake(), now_ns=NOW_NS, parameters=parameters).collect().rows()


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (None, pl.Null()),
        (True, pl.Boolean()),
        (-(2**63), pl.Int64()),
        (2**64 - 1, pl.UInt64()),
        (1.5, pl.Float64()),
        ("it's", pl.String()),
        (b"\x00\xff", pl.Binary()),
        (TIME, pl.Datetime("ns", "UTC")),
        (dt.date(2026, 1, 2), pl.Date()),
        (dt.timedelta(hours=1, microseconds=1), pl.Duration("ns")),
        (Decimal("-12.50"), pl.Decimal(4, 2)),
        ([1, None, 2], pl.List(pl.Int64())),
        (["a"], pl.List(pl.String())),
        ((TIME,), pl.List(pl.Datetime("ns", "UTC"))),
    ],
    ids=repr,
)
def test_a_value_keeps_its_type(value: object, dtype: pl.DataType) -> None:
    """
    What goes in as a Python value comes out as the same, in the SQL type that holds it.
    """
    frame = plan("SELECT $1 AS x", lake(), now_ns=NOW_NS, parameters=[value]).collect()
    assert frame.schema["x"] == dtype
    assert frame["x"].to_list() == [list(value) if isinstance(value, tuple) else value]


@pytest.mark.parametrize(("sql", "parameters"), ANSWERED)
def test_parameters_are_written_in_three_ways(sql: str, parameters: Given) -> None:
    """
    Question marks count in the order of the text, wherever the parser keeps their clause.
    """
    assert rows(sql, parameters) == [(2,)]


@pytest.mark.parametrize("value", ["2026-02-02T01:40:00Z", TIME - dt.timedelta(hours=1)])
def test_a_parameter_prunes_as_a_constant_does(value: object) -> None:
    """
    A time may be given as text, as over HTTP, and still reaches the scan.
    """
    catalog = lake()
    plan("SELECT msg FROM log_entries WHERE time >= ?", catalog, now_ns=NOW_NS, parameters=[value])
    (request,) = catalog.table("log_entries").requests
    assert request.predicates == (ColumnPredicate("time", ">=", NOW_NS - 3_600 * 10**9),)


@pytest.mark.parametrize(
    ("sql", "parameters", "error", "column", "message"),
    [
        ("SELECT ?, ?", [1], BadParameter, 11, "no value for the parameter ? (number 2)"),
        ("SELECT id = $3", [1], BadParameter, 13, "no value for the parameter $3"),
        ("SELECT :x", {"y": 1}, BadParameter, 8, "no value for the parameter :x"),
        ("SELECT :x", {"x": 1, "y": 1}, BadParameter, 1, "no parameter takes the value of y"),
        ("SELECT 1", [1], BadParameter, 1, "no parameter takes the value of 1"),
        ("SELECT ?, $1", [1], Unsupported, 11, "cannot be mixed"),
        ("SELECT 1, @x", {"x": 1}, Unsupported, 11, "not written like this"),
        ("SELECT %s", [1], Unsupported, 8, "not written like this"),
        ("SELECT $1", [object()], BadParameter, 8, "SQL has no such values"),
        ("SELECT $1", [2**64], BadParameter, 8, "64 bits"),
        ("SELECT $1", [[1, "a"]], BadParameter, 8, "without a common type"),
        ("SELECT $1", [[[1]]], BadParameter, 8, "without a common type"),
        ("SELECT $1", [[dt.timedelta(1)]], BadParameter, 8, "list of intervals"),
        ("SELECT $1", [Decimal("NaN")], BadParameter, 8, "no number"),
        ("SELECT $1", [Decimal("1e39")], BadParameter, 8, "38 digits"),
        ("SELECT $1", [dt.datetime(2300, 1, 1, tzinfo=dt.UTC)], BadParameter, 8, "nanoseconds"),
        ("SELECT id FROM spans WHERE id = $1", ["one"], TypeProblem, 33, "cannot convert 'one'"),
        ("SELECT 1 LIMIT ?", [-1], TypeProblem, 16, "constant whole number"),
    ],
)
def test_a_wrong_parameter_is_refused_in_its_place(
    sql: str, parameters: Given, error: type[SqlError], column: int, message: str
) -> None:
    """
    Missing, left over or of a type that SQL lacks: the message points at the parameter.
    """
    with pytest.raises(error) as refusal:
        rows(sql, parameters)
    assert message in str(refusal.value)
    assert (refusal.value.line, refusal.value.column) == (1, column)


def test_a_text_with_parameters_needs_values() -> None:
    """
    A parameter without values is an error, not a NULL.
    """
    with pytest.raises(BadParameter):
        plan("SELECT ?", lake(), now_ns=NOW_NS)


def test_a_query_is_prepared_without_values() -> None:
    """
    What a result looks like, and which type each parameter has where the text tells.
    """
    sql = (
        "SELECT id, $1 AS bare, $2::int AS number FROM spans "
        "WHERE name = :name AND begin > $4 AND length($w) > $n AND id = $5 LIMIT $6"
    )
    prepared = prepare(sql, lake(), now_ns=NOW_NS)
    assert prepared.schema == {"id": pl.Int64(), "bare": pl.Null(), "number": pl.Int32()}
    assert prepared.parameters == {
        "1": None,
        "2": pl.Int32(),
        "name": pl.String(),
        "4": pl.Datetime("ns", "UTC"),
        "w": pl.String(),
        "n": pl.Int64(),
        "5": pl.Int64(),
        "6": None,
    }
