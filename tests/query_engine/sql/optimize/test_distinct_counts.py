"""Different values are counted by grouping twice, with the same counts."""

import random

import polars as pl
import pytest

from query_engine.sql.optimize.distinct_counts import with_distinct_counts
from query_engine.sql.relations import Aggregate, topological
from tests.query_engine.sql.optimize.plans import SizedCatalog, bound, optimized, rows


@pytest.fixture
def catalog():
    """Return rows with few different values and NULLs."""
    rng = random.Random(7)
    frame = pl.DataFrame(
        {
            "k": [rng.choice([1, 2, None]) for _ in range(60)],
            "x": [rng.choice(["a", "b", "c", None]) for _ in range(60)],
            "f": [rng.choice([0.0, -0.0, 1.5, float("nan"), None]) for _ in range(60)],
        }
    )
    return SizedCatalog(t=(frame, 60.0), none=(frame.clear(), 0.0))


def steps(root) -> int:
    """Return how many aggregations a query has."""
    return sum(isinstance(node, Aggregate) for node in topological(root))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT count(DISTINCT x) FROM t", 2),
        ("SELECT count(DISTINCT f) FROM t", 2),
        ("SELECT count(DISTINCT x) FROM none", 2),
        ("SELECT k, count(DISTINCT x) FROM t GROUP BY k", 2),
        ("SELECT k, count(DISTINCT k) FROM t GROUP BY k", 2),
        ("SELECT count(DISTINCT x), count(DISTINCT x) + 1 FROM t GROUP BY k % 2", 2),
        ("SELECT count(DISTINCT x), count(*) FROM t", 1),
        ("SELECT count(DISTINCT x), count(DISTINCT k) FROM t", 1),
        ("SELECT count(DISTINCT x) FILTER (WHERE k = 1) FROM t", 2),
        ("SELECT count(x) FROM t GROUP BY k", 1),
        ("SELECT k FROM t GROUP BY k HAVING count(DISTINCT x) > 2", 2),
    ],
)
def test_counts_of_one_column_take_two_steps(catalog, sql, expected) -> None:
    """
    Only an aggregation that asks for nothing else is taken apart; the answer never changes.
    """
    root = bound(sql, catalog)
    found = optimized(root, [with_distinct_counts])
    assert steps(found) == expected
    assert rows(found) == rows(root)
