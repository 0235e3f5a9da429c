"""Texts that are no SQL: what is said, and where."""

import polars as pl
import pytest

from query_engine.sql import plan, prepare
from query_engine.sql.errors import SqlError, SyntaxProblem
from query_engine.tables.catalog import SchemaCatalog
from tests.query_engine.sql.memory import NOW_NS, lake

WRONG = {
    "SELECT time FROM log_entries ORDER BY": 'at "ORDER BY": something is missing after it',
    "SELECT * FROM": 'at "FROM": something is missing after it',
    "SELECT * FROM log_entries JOIN WHERE": 'at "WHERE": Expected table name',
    "SELECT (1": 'at "1": Expecting )',
    "SELECT a b c FROM log_entries": 'at "c": Invalid expression / Unexpected token',
    "SELECT CAST(time AS) FROM log_entries": 'at "AS": something is missing after it',
}


@pytest.mark.parametrize("sql", WRONG)
def test_a_syntax_error_names_the_place_and_nothing_of_the_parser(sql: str) -> None:
    """
    The analyst knows SQL, not the library that reads it: no class, token or type of it is shown.
    """
    with pytest.raises(SyntaxProblem) as raised:
        plan(sql, SchemaCatalog(), now_ns=0)
    said = str(raised.value)
    assert WRONG[sql] in said
    assert not any(word in said for word in ("sqlglot", "Token", "SENTINEL", "<"))
    assert raised.value.line == 1


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1e1.005",
        "SELECT .1.00",
        "SELECT map {'a'{: 1}",
        "SELECT " + "- " * 5_000 + "1",
        "SELECT count(*) AS n FROM spans HAVING count(n) > 1",
    ],
)
def test_what_the_parser_takes_or_trips_over_is_refused_with_a_place(sql: str) -> None:
    """
    Texts that a fuzz test found: each once ended in an error that was not ours, or had no place.
    """
    with pytest.raises(SqlError) as refusal:
        plan(sql, lake(), now_ns=NOW_NS)
    assert refusal.value.line == 1


def test_a_parameter_is_no_name_of_a_window() -> None:
    """
    It is refused also where values of parameters are not known yet.
    """
    with pytest.raises(SqlError, match="OVER takes"):
        prepare("SELECT rank() OVER ($1) FROM spans", lake(), now_ns=NOW_NS)


def test_digits_that_are_not_known_yet_are_no_failure() -> None:
    """
    The type of a rounded decimal depends on them: until then it is a DOUBLE.
    """
    sql = "SELECT round(CAST(1.5 AS DECIMAL(9, 3)), ? - 1) AS r"
    assert prepare(sql, lake(), now_ns=NOW_NS).schema["r"] == pl.Float64()


@pytest.mark.parametrize("clause", ["LIMIT 18446744073709551615", "LIMIT 5000000000"])
def test_a_limit_beyond_all_rows_is_none(clause: str) -> None:
    """
    ROW_COUNT_MAX: programs write the largest number that they know for "all".
    """
    frame = plan(f"SELECT id FROM spans {clause}", lake(), now_ns=NOW_NS).collect()
    assert frame.height == 4


def test_an_offset_beyond_all_rows_leaves_none() -> None:
    """
    ROW_COUNT_MAX bounds OFFSET as well.
    """
    sql = "SELECT id FROM spans LIMIT 5 OFFSET 9223372036854775808"
    assert plan(sql, lake(), now_ns=NOW_NS).collect().height == 0
