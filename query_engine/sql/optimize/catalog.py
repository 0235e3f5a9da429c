"""Every rule, in the order in which they are applied to a bound query."""

from collections.abc import Callable

from query_engine.sql.optimize.common_factors import with_factors_out
from query_engine.sql.optimize.distinct_counts import with_distinct_counts
from query_engine.sql.optimize.join_order import with_joins_ordered
from query_engine.sql.relations import Relation

Rule = Callable[[Relation], Relation]

RULES: tuple[Rule, ...] = (with_factors_out, with_joins_ordered, with_distinct_counts)


def optimized(root: Relation) -> Relation:
    """Return a relation with the same rows and columns as *root* that costs less."""
    for rule in RULES:
        root = rule(root)
    return root
