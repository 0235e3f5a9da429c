"""What can end a query does so for the rows that reach it, and says why."""

import polars as pl
import pytest

from query_engine.failures import as_lake_error
from query_engine.sql import plan
from query_engine.sql.errors import RunProblem
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog

NUMBERS = MemoryCatalog(
    t=pl.DataFrame({"x": [4, 5, None], "y": [2, 0, 0], "t": ["1", "one", None]}),
    least=pl.DataFrame({"x": [-(2**63)], "y": [-1]}),
)


def run(sql: str) -> pl.DataFrame:
    """Plan and run over the tables above."""
    return plan(sql, NUMBERS, now_ns=NOW_NS).collect(engine="streaming")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT x / y FROM t", "division by zero"),
        ("SELECT x % y FROM t", "division by zero"),
        ("SELECT mod(x, y) FROM t", "division by zero"),
        ("SELECT CAST(x AS DECIMAL(5, 2)) / y FROM t", "division by zero"),
        ("SELECT x / y FROM least", "integer overflow in a division"),
        ("SELECT y FROM t WHERE 8 / y > 1", "division by zero"),
        ("SELECT CASE WHEN x > 4 THEN 8 / y END FROM t", "division by zero"),
    ],
)
def test_a_division_without_a_value_ends_the_query_and_says_so(sql: str, message: str) -> None:
    """
    The client reads what went wrong, not how the engine was made to notice.
    """
    with pytest.raises(pl.exceptions.PolarsError) as failure:
        run(sql)
    told = as_lake_error(failure.value, "")
    assert isinstance(told, RunProblem)
    assert told.message == message


def test_null_is_divided_by_anything() -> None:
    """
    A NULL dividend has no value whatever the divisor: nothing fails.
    """
    assert run("SELECT x / y AS z FROM t WHERE x IS NULL")["z"].to_list() == [None]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("CASE WHEN y <> 0 THEN x / y END", [2, None, None]),
        ("CASE WHEN y = 0 THEN -1 WHEN x / y > 1 THEN x / y ELSE y / x END", [2, -1, -1]),
        ("CASE WHEN y = 2 THEN CASE WHEN x = 4 THEN 1 / (x - 3) ELSE 0 END END", [1, None, None]),
        ("CASE y WHEN 0 THEN 0 ELSE x / y END", [2, 0, 0]),
        ("CASE WHEN NOT (y = 0) AND x / y = 2 THEN 1 ELSE 0 END", [1, 0, 0]),
        ("CASE WHEN y = 0 OR x / y = 2 THEN 1 ELSE 0 END", [1, 1, 1]),
        ("coalesce(nullif(y, 0), 1 / (y + 1))", [2, 1, 1]),
        ("nvl(nullif(y, 0), 1 / (y + 1))", [2, 1, 1]),
        ("CASE WHEN y = 2 THEN CAST(t AS BIGINT) END", [1, None, None]),
        ("CASE WHEN y = 2 THEN CAST(t AS DECIMAL(3, 0)) + 1 / y END", [1, None, None]),
    ],
)
def test_a_row_that_does_not_reach_a_failing_expression_does_not_fail(
    expression: str, expected: list[object]
) -> None:
    """
    CASE, COALESCE, AND and OR guard what stands behind them, however deep.
    """
    assert run(f"SELECT {expression} AS z FROM t")["z"].cast(pl.Int64).to_list() == expected


def test_a_condition_in_where_guards_those_after_it() -> None:
    """
    The parts of an AND are placed apart, and each still sees only rows that pass those before.
    """
    sql = "SELECT x FROM t WHERE y <> 0 AND x / y = 2 AND 8 / (x - 3) = 8 AND t IS NOT NULL"
    assert run(sql)["x"].to_list() == [4]


def test_group_keys_are_found_inside_a_guarded_branch() -> None:
    """
    Guarding does not change what an expression is: GROUP BY still knows it.
    """
    sql = "SELECT CASE WHEN 8 / x > 1 THEN 8 / x END AS z FROM t GROUP BY 8 / x ORDER BY z"
    assert run(sql)["z"].to_list() == [2, None, None]


def test_a_chain_of_guarded_branches_is_planned() -> None:
    """
    Guards are copies of conditions; their number grows with the square of the branches, no faster.
    """
    branches = " ".join(f"WHEN x / (y + {n}) = {n} THEN {n} / y" for n in range(1, 10))
    assert run(f"SELECT CASE {branches} ELSE 0 END AS z FROM t WHERE y = 2")["z"].to_list() == [0]
