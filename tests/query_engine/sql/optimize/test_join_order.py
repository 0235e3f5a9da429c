"""Joins are made in the order of least rows, and the answer is what it was."""

import itertools
import random

import polars as pl
import pytest

from query_engine.sql.joins import ids
from query_engine.sql.limits import JOIN_ORDER_RELATIONS_MAX
from query_engine.sql.optimize.join_order import with_joins_ordered
from query_engine.sql.relations import Join, topological
from tests.query_engine.sql.optimize.plans import (
    SizedCatalog,
    bound,
    filters,
    joins,
    optimized,
    rows,
)


def table(seed: int, size: int) -> pl.DataFrame:
    """Return rows of three whole numbers with NULLs and a text."""
    rng = random.Random(seed)
    return pl.DataFrame(
        {
            name: pl.Series([rng.choice([None, 0, 1, 2, 3]) for _ in range(size)], dtype=pl.Int64)
            for name in ("a", "b", "c")
        }
    ).with_columns(t=pl.Series([rng.choice(["x", "y", None]) for _ in range(size)]))


@pytest.fixture
def star():
    """Return a table of facts, written first in the queries, and its dimensions."""
    return SizedCatalog(
        facts=(table(1, 40), 6_000_000.0),
        orders=(table(2, 12), 1_500_000.0),
        parts=(table(3, 6), 200_000.0),
        nations=(table(4, 4), 25.0),
    )


def test_small_relations_are_joined_before_the_table_of_facts(star) -> None:
    """
    The order of the text does not matter: what leaves few rows comes first.
    """
    sql = (
        "SELECT count(*) FROM facts f, orders o, parts p, nations n"
        " WHERE f.a = o.a AND f.b = p.b AND p.c = n.c AND n.t = 'x'"
    )
    root = bound(sql, star)
    assert joins(optimized(root))[0] == "parts x nations"
    assert rows(optimized(root)) == rows(root)


def test_what_no_condition_connects_is_joined_last(star) -> None:
    """
    A cross product of two small tables looks cheap, and multiplies everything after it.
    """
    sql = "SELECT count(*) FROM nations n, parts p, facts f WHERE f.a = n.a AND f.b = p.b"
    found = optimized(bound(sql, star))
    kinds = [node.kind for node in topological(found) if isinstance(node, Join)]
    assert kinds == ["inner", "inner"]


def test_equalities_that_follow_become_keys(star) -> None:
    """
    a = b and b = c make a and c joinable without b.
    """
    sql = "SELECT count(*) FROM facts f, parts p, nations n WHERE f.a = p.a AND f.a = n.a"
    root = bound(sql, star)
    found = optimized(root)
    assert joins(found)[0] == "parts x nations"
    assert rows(found) == rows(root)


def test_two_columns_of_one_table_made_equal_by_another_are_compared(star) -> None:
    """
    f.a = n.a and f.b = n.a hold only where f.a = f.b: the filter goes to the table itself.
    """
    sql = (
        "SELECT f.a, p.t FROM facts f, nations n, parts p"
        " WHERE f.a = n.a AND f.b = n.a AND p.c = f.c"
    )
    root = bound(sql, star)
    found = optimized(root)
    assert "facts" in filters(found)
    assert rows(found) == rows(root)


def test_an_or_over_two_tables_filters_each_of_them(star) -> None:
    """
    (n = 1 and p = 2) or (n = 2 and p = 1) lets two values of each through; the OR itself stays.
    """
    sql = (
        "SELECT f.a FROM facts f, nations n, parts p WHERE f.a = n.a AND f.b = p.b"
        " AND ((n.c = 1 AND p.c = 2) OR (n.c = 2 AND p.c = 1))"
    )
    root = bound(sql, star)
    found = optimized(root)
    assert {"nations", "parts"} <= set(filters(found))
    assert rows(found) == rows(root)


def test_a_test_that_lets_few_rows_through_comes_before_the_joins(star) -> None:
    """
    IN over a small result filters the table that it names; what is joined then is small.
    """
    sql = (
        "SELECT f.a, p.t FROM facts f, orders o, parts p WHERE f.a = o.a AND f.b = p.b"
        " AND o.c IN (SELECT n.c FROM nations n WHERE n.t = 'x')"
    )
    root = bound(sql, star)
    found = optimized(root)
    assert "orders x nations" in joins(found)
    assert rows(found) == rows(root)


@pytest.mark.parametrize(
    "test",
    [
        "o.c NOT IN (SELECT n.c FROM nations n WHERE n.c IS NOT NULL)",
        "NOT EXISTS (SELECT 1 FROM nations n WHERE n.a = o.a)",
        "EXISTS (SELECT 1 FROM nations n WHERE n.a = o.a AND n.b < p.b)",
        "o.c + p.c IN (SELECT n.c FROM nations n)",
        "o.c IN (SELECT n.c FROM nations n) AND p.c IN (SELECT n.a FROM nations n)",
        "EXISTS (SELECT 1 FROM facts x WHERE x.a = o.a) AND o.b = 1",
    ],
)
def test_tests_by_subqueries_keep_their_meaning(star, test) -> None:
    """
    Wherever a semi or anti join is made, it keeps and drops the same rows.
    """
    sql = (
        "SELECT f.a, o.b, p.t FROM facts f, orders o, parts p"
        f" WHERE f.a = o.a AND f.b = p.b AND {test}"
    )
    root = bound(sql, star)
    assert rows(optimized(root)) == rows(root)


def test_outer_joins_stay_where_they_are(star) -> None:
    """
    Rows that an outer join keeps depend on what it joins: it is one relation among the others.
    """
    sql = (
        "SELECT f.a, q.t FROM facts f JOIN orders o ON f.a = o.a"
        " LEFT JOIN (SELECT p.b, p.t FROM parts p JOIN nations n ON p.a = n.a JOIN orders o"
        " ON o.b = n.b) q ON q.b = f.b JOIN nations n ON n.c = o.c"
    )
    root = bound(sql, star)
    assert rows(optimized(root)) == rows(root)


def test_a_join_that_is_read_twice_is_made_once(star) -> None:
    """
    A CTE with two readers is not taken apart: both would compute it.
    """
    sql = (
        "WITH j AS (SELECT f.a, p.b, n.c FROM facts f, parts p, nations n"
        " WHERE f.a = p.a AND p.b = n.b)"
        " SELECT count(*) FROM j AS x JOIN j AS y ON x.a = y.a"
    )
    root = bound(sql, star)
    before = sum(isinstance(node, Join) for node in topological(root))
    found = optimized(root)
    assert sum(isinstance(node, Join) for node in topological(found)) == before
    assert rows(found) == rows(root)


def test_more_relations_than_the_limit_stay_in_the_order_of_the_text(star) -> None:
    """
    The search for the next pair is cubic; at JOIN_ORDER_RELATIONS_MAX it is left out.
    """
    names = [f"n{number}" for number in range(JOIN_ORDER_RELATIONS_MAX + 1)]
    chain = [f"{a}.a = {b}.a" for a, b in itertools.pairwise(names)]
    tables = ", ".join(f"nations {name}" for name in names)
    root = bound(f"SELECT count(*) FROM {tables} WHERE {' AND '.join(chain)}", star)
    assert with_joins_ordered(root) is root


CONDITIONS = (
    "{x}.a = {y}.b",
    "{x}.a = {y}.a",
    "{x}.b + 1 = {y}.c",
    "{x}.t = {y}.t",
    "{x}.a < {y}.b",
    "({x}.a = {y}.a OR {x}.b = 1)",
    "(({x}.a = 1 AND {y}.b = 2) OR ({x}.a = {y}.c AND {y}.b = 0))",
    "{x}.t IS NULL",
    "{x}.c IN (1, 2)",
    "coalesce({x}.a, {y}.a) = 1",
    "1 = 1",
    "{x}.a = {x}.b",
)


@pytest.mark.parametrize("seed", range(60))
def test_any_run_of_joins_answers_as_before(seed, star) -> None:
    """
    Whatever is demanded of the pairs, NULLs included, the order changes nothing but the cost.
    """
    rng = random.Random(seed)
    names = ["facts", "orders", "parts", "nations"][: rng.choice([3, 3, 4])]
    aliases = [name[0] for name in names]
    parts = []
    for _ in range(rng.choice([2, 3, 4])):
        x, y = rng.sample(aliases, 2)
        parts.append(rng.choice(CONDITIONS).format(x=x, y=y))
    tables = ", ".join(
        f"(SELECT * FROM {n} LIMIT 6) {a}" for n, a in zip(names, aliases, strict=True)
    )
    sql = f"SELECT f.a, o.b, p.t FROM {tables} WHERE {' AND '.join(parts)}"
    root = bound(sql, star)
    found = optimized(root)
    assert rows(found) == rows(root), sql
    assert ids(found) == ids(root)
