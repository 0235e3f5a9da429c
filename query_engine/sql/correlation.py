"""
Correlation: which relations of a subquery read columns from around it, and in which conditions.

Such a column is a parameter: no relation of the subquery yields it. An equality of something known
outside with something known inside can wait until the two meet in a join; anything else cannot pass
what handles several rows at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from query_engine.sql.relations import (
    Aggregate,
    AsofJoin,
    Filter,
    Join,
    Project,
    Relation,
    Sort,
    Unnest,
    Window,
    inputs,
)
from query_engine.sql.scalars import Call, ColumnRef, Scalar, columns_in, rewrite

EQUALITIES = frozenset({"=", "is not distinct from"})


def expressions_in(node: Relation) -> list[Scalar]:
    """Return the expressions that *node* itself evaluates."""
    if isinstance(node, Project):
        return [value for _, value in node.items]
    if isinstance(node, Filter):
        return [node.predicate]
    if isinstance(node, Join):
        residual = [] if node.residual is None else [node.residual]
        return [*(side for pair in node.keys for side in pair), *residual]
    if isinstance(node, AsofJoin):
        return [*node.nearest, *(side for pair in node.keys for side in pair)]
    if isinstance(node, Aggregate):
        return [*(key for _, key in node.keys), *(call for _, call in node.aggregates)]
    if isinstance(node, Window):
        return [call for _, call in node.calls]
    if isinstance(node, Unnest):
        return [array for _, array in node.arrays]
    if isinstance(node, Sort):
        return [key.value for key in node.keys]
    return []


@dataclass(frozen=True, slots=True)
class Correlation:
    """The parameters of one subquery, by id."""

    parameters: Mapping[str, ColumnRef]
    known: dict[int, bool] = field(default_factory=dict)

    def among(self, values: Sequence[Scalar]) -> set[str]:
        """Return the parameters that *values* read."""
        return {name for value in values for name in columns_in(value) if name in self.parameters}

    def touches(self, node: Relation) -> bool:
        """Tell whether *node* or anything below it reads a parameter."""
        if id(node) not in self.known:
            own = bool(self.among(expressions_in(node)))
            self.known[id(node)] = own or any(self.touches(child) for child in inputs(node))
        return self.known[id(node)]

    def sides(self, condition: Scalar) -> tuple[Scalar, Scalar] | None:
        """Return outside and inside of a condition that can wait for a join; None otherwise."""
        if not isinstance(condition, Call) or condition.name not in EQUALITIES:
            return None
        if condition.args[0].dtype.is_nested() and condition.name == "=":
            return None
        first, second = condition.args
        for outside, inside in ((first, second), (second, first)):
            if self.only(outside) and not self.among([inside]):
                return outside, inside
        return None

    def only(self, value: Scalar) -> bool:
        """Tell whether *value* reads parameters, and nothing else."""
        reads = columns_in(value)
        return bool(reads) and all(name in self.parameters for name in reads)


def substituted(value: Scalar, known: Mapping[str, Scalar]) -> Scalar:
    """Return *value* with columns replaced."""

    def change(node: Scalar) -> Scalar | None:
        return known.get(node.id) if isinstance(node, ColumnRef) else None

    return rewrite(value, change) if known else value
