"""Every limit of the SQL front end: what happens at it, and how long planning takes below it."""

import statistics
import time

import polars as pl
import pytest

from query_engine.sql import plan
from query_engine.sql.errors import QueryTooLarge
from query_engine.sql.limits import (
    EXPRESSION_DEPTH_MAX,
    GROUPING_SETS_MAX,
    NESTING_MAX,
    RELATIONS_MAX,
    SQL_CHARS_MAX,
    SQL_WORDS_MAX,
)
from tests.query_engine.sql.memory import NOW_NS, lake
from tests.query_engine.sql.test_queries import ALL


def planned(sql: str) -> pl.LazyFrame:
    """Plan over the small lake."""
    return plan(sql, lake(), now_ns=NOW_NS)


def test_a_text_that_is_too_long_is_refused() -> None:
    """
    SQL_CHARS_MAX is checked before the text is even cut into words.
    """
    padding = " " * (SQL_CHARS_MAX - len("SELECT 1"))
    assert planned("SELECT 1" + padding).collect().item() == 1
    with pytest.raises(QueryTooLarge, match="SQL_CHARS_MAX"):
        planned("SELECT 1 " + padding)


def test_a_text_with_too_many_parts_is_refused() -> None:
    """
    SQL_WORDS_MAX bounds the work that a text of short words asks for.
    """
    with pytest.raises(QueryTooLarge, match="SQL_WORDS_MAX"):
        planned("SELECT 1 IN (" + "1," * (SQL_WORDS_MAX // 2) + "1)")


@pytest.mark.parametrize(("opening", "closing"), [("(", ")"), ("CASE WHEN true THEN ", " END")])
def test_nesting_is_refused_at_the_level_that_is_too_deep(opening: str, closing: str) -> None:
    """
    NESTING_MAX keeps the parser's recursion bounded; the message names the place.
    """
    below = NESTING_MAX
    assert planned("SELECT " + opening * below + "1" + closing * below).collect().item() == 1
    deep = below + 1
    with pytest.raises(QueryTooLarge, match="NESTING_MAX") as refusal:
        planned("SELECT " + opening * deep + "1" + closing * deep)
    assert refusal.value.column == len("SELECT ") + len(opening) * below + 1


def test_a_chain_of_operators_is_refused_when_too_long() -> None:
    """
    EXPRESSION_DEPTH_MAX: each operator of a chain is one level of the expression.
    """
    fine = "SELECT max(level" + " + level" * (EXPRESSION_DEPTH_MAX - 5) + ") FROM log_entries"
    assert planned(fine).collect().item() == 6 * (EXPRESSION_DEPTH_MAX - 4)
    with pytest.raises(QueryTooLarge):
        planned("SELECT level" + " + level" * (EXPRESSION_DEPTH_MAX + 1) + " FROM log_entries")


@pytest.mark.parametrize("word", ["AND", "OR"])
def test_long_chains_of_conditions_have_no_depth(word: str) -> None:
    """
    A generated filter of thousands of alternatives is one level, not thousands.
    """
    chain = f" {word} ".join(f"level <> {n}" for n in range(10, 3_000))
    frame = planned(f"SELECT count(*) FROM log_entries WHERE {chain}")
    assert frame.collect().item() == 5


def test_too_many_relations_are_refused() -> None:
    """
    RELATIONS_MAX bounds tables, subqueries and CTEs together.
    """
    parts = " UNION ALL ".join(["SELECT id FROM spans"] * (RELATIONS_MAX + 1))
    with pytest.raises(QueryTooLarge, match="RELATIONS_MAX"):
        planned(parts)


def test_too_many_grouping_sets_are_refused() -> None:
    """
    GROUPING_SETS_MAX: a CUBE doubles with every column, and so do CUBEs beside each other.
    """
    columns = ["level", "msg", "time", "value", "process_id"]
    keys = [*columns, *(f"{name} IS NULL" for name in columns)]
    below = GROUPING_SETS_MAX.bit_length() - 1
    sql = "SELECT count(*) FROM log_entries GROUP BY CUBE ({})"
    assert planned(sql.format(", ".join(keys[:below]))).collect().height > GROUPING_SETS_MAX
    with pytest.raises(QueryTooLarge, match="GROUPING_SETS_MAX") as refusal:
        planned(sql.format(", ".join(keys[: below + 1])))
    assert refusal.value.column is not None
    with pytest.raises(QueryTooLarge, match="GROUPING_SETS_MAX"):
        planned(sql.format(", ".join(keys[:below])) + ", CUBE (level)")


def test_ctes_that_double_each_other_are_refused() -> None:
    """
    PLAN_SIZE_MAX: forty doublings would be a plan that no engine can hold; six are fine.
    """

    def doubled(times: int) -> str:
        steps = range(1, times + 1)
        more = [f"t{n} AS (SELECT a.x FROM t{n - 1} a JOIN t{n - 1} b USING (x))" for n in steps]
        return f"WITH {', '.join(['t0 AS (SELECT 1 AS x)', *more])} SELECT x FROM t{times}"

    assert planned(doubled(6)).collect().item() == 1
    with pytest.raises(QueryTooLarge, match="PLAN_SIZE_MAX"):
        planned(doubled(40))


def test_operators_that_need_their_operand_twice_do_not_double_the_plan() -> None:
    """
    Thirty nested divisions are thirty, not two to the thirtieth.
    """
    sql = "SELECT max(" + "(" * 30 + "level" + " / 2 + 7) % 9" * 30 + ") FROM log_entries"
    started = time.perf_counter()
    assert planned(sql).collect(engine="streaming").item() is not None
    assert time.perf_counter() - started < 10


def test_planning_takes_milliseconds() -> None:
    """
    From text to plan a typical query takes under 10 ms; here with room for a busy machine.
    """
    texts = [c.sql for f in ALL.values() for c in f if not c.expected[0].startswith("!")]
    seconds = []
    catalog = lake()
    for sql in texts:
        started = time.perf_counter()
        plan(sql, catalog, now_ns=NOW_NS)
        seconds.append(time.perf_counter() - started)
    assert statistics.median(seconds) < 0.03
