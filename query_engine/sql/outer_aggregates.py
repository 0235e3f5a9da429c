"""
Which query an aggregate in a subquery belongs to.

As in Postgres: to the innermost query that a column in its arguments comes from. So
``HAVING EXISTS (SELECT 1 FROM y WHERE y.n > sum(x.n))`` compares with the sum of the group outside.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from query_engine.functions.function import AggregateFunction
from query_engine.sql.calls import WrittenCall, aggregate_call
from query_engine.sql.correlation import substituted
from query_engine.sql.errors import SqlError, TypeProblem
from query_engine.sql.scalars import AggregateCall, Scalar, columns_in
from query_engine.sql.scope import Enclosing, Scope

if TYPE_CHECKING:
    from query_engine.sql.expressions import Context, Expressions


def bind_aggregate(
    self: "Expressions", function: AggregateFunction, call: WrittenCall, context: "Context"
) -> Scalar:
    """
    Return an aggregate, or the column that stands here for one of a query around this subquery.

    Raises:
        TypeProblem: It cannot stand here; placed.
    """
    levels = around(context.scope)
    if not levels and not context.aggregates:
        raise misplaced(self, call, context.clause)
    inner = replace(context, clause="an aggregate", aggregates=False, windows=None)
    before = [dict(level.taken) for level in levels]
    bound = aggregate_call(self, function, call, inner)
    value, depth = bound, 0
    while depth < len(levels) and comes_from(levels[depth], value):
        value = outside(levels[depth], value)
        depth += 1
    home = levels[depth - 1] if depth else context
    if not home.aggregates:
        raise misplaced(self, call, home.clause)
    if not depth:
        return bound
    for level, taken in zip(levels, before, strict=True):
        level.restore(taken)
    column: Scalar = value
    for level in reversed(levels[:depth]):
        column = level.parameter(call.name, column)
    return column


def around(scope: Scope) -> list[Enclosing]:
    """Return what is around a subquery, the nearest first."""
    found: list[Enclosing] = []
    while scope.outer is not None:
        found.append(scope.outer)
        scope = scope.outer.scope
    return found


def comes_from(level: Enclosing, value: Scalar) -> bool:
    """Tell whether everything that *value* reads was taken from *level*."""
    reads = columns_in(value)
    return bool(reads) and reads <= {inside.id for inside, _ in level.taken.values()}


def outside(level: Enclosing, value: AggregateCall) -> AggregateCall:
    """Return *value* over the columns that it stands for around the subquery."""
    known = {inside.id: given for inside, given in level.taken.values()}
    changed = substituted(value, known)
    assert isinstance(changed, AggregateCall), "only its columns change"
    return changed


def misplaced(self: "Expressions", call: WrittenCall, clause: str) -> SqlError:
    """Return the error for an aggregate where none can stand."""
    hint = "filter groups with HAVING" if clause == "WHERE" else None
    message = f"the aggregate {call.name} cannot stand in {clause}"
    return self.make.source.place(TypeProblem(message, hint=hint), call.pos)
