"""Functions written in Python: how they are called, and that plans with them can be sent."""

import io

import polars as pl
import pytest

from query_engine.functions.function import Argument
from query_engine.functions.rowwise import rowwise
from query_engine.sql import plan
from tests.query_engine.sql.memory import MemoryCatalog

CALLS: list[int] = []


def noted(number: int) -> int:
    """Double *number* and note the call."""
    CALLS.append(number)
    return 2 * number


def test_equal_rows_are_computed_once() -> None:
    """
    A column of a million rows and ten values costs ten calls; NULL costs none and stays NULL.
    """
    CALLS.clear()
    column = Argument(dtype=pl.Int64(), build=lambda: pl.col("x"))
    frame = pl.DataFrame({"x": [1, 2, 1, None, 2, 1]})
    answer = frame.select(rowwise(noted, [column], pl.Int64())).to_series()
    assert answer.to_list() == [2, 4, 2, None, 4, 2]
    assert CALLS == [1, 2]


@pytest.mark.parametrize(
    "values",
    [[1.5, float("nan"), 1.5, float("nan")], [[1, None], None, [1, None]], [["a"], [], ["a"], []]],
    ids=repr,
)
def test_rows_that_are_alike_get_the_same_answer(values: list[object]) -> None:
    """
    NaN is alike to NaN, and so are arrays with the same elements, NULLs in them too.
    """
    column = Argument(dtype=pl.Series(values).dtype, build=lambda: pl.col("x"))
    frame = pl.DataFrame({"x": values})
    answer = frame.select(rowwise(str, [column], pl.String())).to_series()
    assert answer.to_list() == [None if value is None else str(value) for value in values]


def test_a_plan_with_python_in_it_can_be_sent_to_another_process() -> None:
    """
    Queries run in worker processes: what a plan calls is found there by its name.
    """
    table = pl.DataFrame({"x": [4, 6]})
    frame = plan("SELECT gcd(x, 6) AS g FROM t", MemoryCatalog(t=table), now_ns=0)
    received = pl.LazyFrame.deserialize(io.BytesIO(frame.serialize()))
    assert received.collect().to_series().to_list() == [2, 6]


def test_a_value_without_an_answer_ends_the_query_with_its_reason() -> None:
    """
    The message says which value it was, not which library stumbled over it.
    """
    frame = plan("SELECT factorial(x) FROM t", MemoryCatalog(t=pl.DataFrame({"x": [21]})), now_ns=0)
    with pytest.raises(pl.exceptions.InvalidOperationError, match="0 to 20, not 21"):
        frame.collect()


def test_case_keeps_rows_from_a_function_that_would_refuse_them() -> None:
    """
    A branch that a row does not reach cannot end the query.
    """
    catalog = MemoryCatalog(t=pl.DataFrame({"x": [3, 99]}))
    sql = "SELECT CASE WHEN x <= 20 THEN factorial(x) ELSE 0 END AS f FROM t"
    assert plan(sql, catalog, now_ns=0).collect()["f"].to_list() == [6, 0]


@pytest.mark.parametrize("call", ["random()", "uuid()"])
def test_every_row_and_every_call_draws_anew(call: str) -> None:
    """
    Two calls in one row differ too, and what a filter saw is what comes out.
    """
    catalog = MemoryCatalog(t=pl.DataFrame({"x": range(100)}))
    sql = f"SELECT {call} AS a, {call} AS b FROM t"
    frame = plan(sql, catalog, now_ns=0).collect(engine="streaming")
    assert len({*frame["a"], *frame["b"]}) == 200


def test_a_filter_on_a_random_number_sees_what_the_result_shows() -> None:
    """
    The number is drawn before the filter, once.
    """
    catalog = MemoryCatalog(t=pl.DataFrame({"x": range(1000)}))
    sql = "SELECT r FROM (SELECT x, random() AS r FROM t) WHERE r < 0.5 AND x >= 0"
    frame = plan(sql, catalog, now_ns=0).collect(engine="streaming")
    assert 300 < frame.height < 700
    assert frame["r"].max() < 0.5
