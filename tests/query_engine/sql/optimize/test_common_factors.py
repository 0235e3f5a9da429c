"""What all alternatives of an OR demand is demanded beside it."""

import polars as pl
import pytest

from query_engine.sql.optimize.common_factors import with_factors_out
from query_engine.sql.relations import Join, topological
from tests.query_engine.sql.optimize.plans import SizedCatalog, bound, filters, optimized, rows

VALUES = pl.DataFrame({"a": [0, 1, 2, None, 1], "b": [1, None, 0, 2, 1]}, schema_overrides={})


@pytest.fixture
def catalog():
    """Return two tables with NULLs."""
    return SizedCatalog(l=(VALUES, 5.0), r=(VALUES.reverse(), 5.0))


def keys(root) -> int:
    """Return how many keys the joins have."""
    return sum(len(node.keys) for node in topological(root) if isinstance(node, Join))


@pytest.mark.parametrize(
    ("condition", "keys_after"),
    [
        ("(l.a = r.a AND l.b = 1) OR (l.a = r.a AND r.b = 2)", 1),
        ("(l.a = r.a AND l.b = 1) OR l.a = r.a", 1),
        ("(l.a = r.a AND l.b = r.b) OR (l.b = r.b AND l.a = r.a AND l.a > 0)", 2),
        ("l.a = r.a OR l.b = r.b", 0),
        ("(l.a = r.a AND l.b = 1) OR (l.a = r.b AND r.b = 2)", 0),
    ],
)
def test_common_conditions_become_keys(catalog, condition, keys_after) -> None:
    """
    A join on an OR has no key and pairs everything; with the factor taken out it has one.
    """
    root = bound(f"SELECT l.a, r.b FROM l, r WHERE {condition}", catalog)
    found = optimized(root, [with_factors_out])
    assert keys(found) == keys_after
    assert rows(found) == rows(root)


@pytest.mark.parametrize(
    "condition",
    [
        "(a = 1 AND b = 1) OR (a = 1 AND b IS NULL)",
        "(a > 0 AND b > 0) OR (a > 0 AND b < 5) OR (a > 0 AND b IS NULL)",
        "NOT ((a = 1 AND b = 1) OR (a = 1 AND b = 2))",
        "(a = 1 OR b = 1) AND (a = 1 OR b = 1 OR a IS NULL)",
    ],
)
def test_filters_mean_the_same(catalog, condition) -> None:
    """
    Taking out factors is exact for NULL too.
    """
    root = bound(f"SELECT a, b FROM l WHERE {condition}", catalog)
    assert rows(optimized(root, [with_factors_out])) == rows(root)


def test_what_is_taken_out_reaches_the_side_it_reads(catalog) -> None:
    """
    A factor about one table filters that table, before the join.
    """
    sql = "SELECT l.a FROM l, r WHERE (l.a = 1 AND r.b = 1) OR (l.a = 1 AND l.b = r.a)"
    assert "l" in filters(optimized(bound(sql, catalog), [with_factors_out]))
