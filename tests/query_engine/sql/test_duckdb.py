"""Every difference from DuckDB that docs/sql.md lists is one."""

import duckdb
import polars as pl
import pytest

from query_engine.sql import plan
from query_engine.sql.differences import DUCKDB
from query_engine.sql.errors import SqlError
from tests.query_engine.sql.differential.divergences import REASONS
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog

SHOWN = {
    "whole division": "7 / 2",
    "division by zero": "1 / 0",
    "order of NULLs": "array_agg(x ORDER BY x DESC) FROM (VALUES (1), (NULL)) AS t(x)",
    "values out of range": "x + 1 FROM (VALUES (9223372036854775807)) AS t(x)",
    "cast of fractions": "CAST(2.7 AS INT)",
    "literals with a point": "0.1 + 0.2 = 0.3",
    "quotients and averages of decimals": "CAST(1 AS DECIMAL(5, 2)) / CAST(3 AS DECIMAL(5, 2))",
    "dates beside intervals": "DATE '2026-01-01' + INTERVAL '1 day'",
    "text of floats": "CAST(CAST(1e300 AS DOUBLE) AS TEXT)",
    "correlations of what does not vary": (
        "corr(a, b) FROM (VALUES (1e0, 2e0), (1e0, 3e0)) AS t(a, b)"
    ),
    "rounded REAL": "round(CAST(1.15 AS REAL), 1)",
    "decimals beside REAL": "CAST(1.1 AS DECIMAL(5, 2)) + CAST(1.1 AS REAL)",
    "medians of decimals": "median(CAST(1 AS DECIMAL(5, 2)))",
    "an empty text searched, split": "string_to_array('', ',')",
    "levenshtein": "levenshtein('\u00e9\u00e9', 'e')",
    "LIKE without ESCAPE": "'a%' LIKE 'a\\%'",
    "x = ANY (a NULL array)": "x = ANY (a) FROM (VALUES (1, NULL::INT[])) AS t(x, a)",
    "order of arrays": "[1] < [2]",
    "rows": "(1, NULL) = (1, 2)",
}
"""An expression for each."""

OF_DUCKDB = {
    "types of NULL",
    "aggregates of outer columns",
    "optimized outer joins",
    "aggregates in set operations",
}
"""What the comparison steps around that says nothing about our language."""


def ours(sql: str) -> object:
    """Return our answer."""
    try:
        answer = plan(sql, MemoryCatalog(), now_ns=NOW_NS).collect().item()
    except SqlError:
        return "an error"
    return answer.to_list() if isinstance(answer, pl.Series) else answer


def theirs(sql: str) -> object:
    """Return DuckDB's answer."""
    with duckdb.connect() as connection:
        try:
            rows = connection.execute(sql).fetchall()
        except duckdb.Error:
            return "an error"
    return rows[0][0]


def test_every_difference_has_an_expression() -> None:
    """
    What the page says is shown here, and the page says what the comparison has to step around.
    """
    assert SHOWN.keys() == DUCKDB.keys()
    assert REASONS.keys() - OF_DUCKDB <= DUCKDB.keys()


@pytest.mark.parametrize("name", SHOWN)
def test_the_answers_differ(name: str) -> None:
    """
    A difference that is gone leaves the page.
    """
    sql = f"SELECT {SHOWN[name]}"
    assert repr(ours(sql)) != repr(theirs(sql))
