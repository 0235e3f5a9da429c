"""
Counts different values by grouping twice: by the keys and the value first, then by the keys alone.

The engine counts different values of a group by one set per group, on one core for texts; a
grouping is done by all cores. NULL is a group of its own in the first step and not counted in the
second.
"""

from dataclasses import replace

from query_engine.sql.relations import Aggregate, Relation
from query_engine.sql.rewriting import rebuilt
from query_engine.sql.scalars import AggregateCall, ColumnRef, Scalar

FIRST_STEP = "~distinct"
"""Ends the names of columns of the first step."""


def with_distinct_counts(root: Relation) -> Relation:
    """Return *root* with each aggregation that only counts different values done in two steps."""
    return rebuilt(root, in_two_steps)


def in_two_steps(node: Relation) -> Relation:
    """Return an aggregation that only counts one column's different values in two steps."""
    counted = counted_column(node)
    if not isinstance(node, Aggregate) or counted is None:
        return node
    keys = tuple((first_step(column), value) for column, value in node.keys)
    value = ColumnRef(f"{counted.id}{FIRST_STEP}@", counted.dtype)
    pairs = Aggregate(node.input, (*keys, (value, counted)), ())
    again: tuple[tuple[ColumnRef, Scalar], ...] = tuple(
        (column, first_step(column)) for column, _ in node.keys
    )
    counts = tuple(
        (column, replace(call, args=(value,), distinct=False)) for column, call in node.aggregates
    )
    return Aggregate(pairs, again, counts)


def counted_column(node: Relation) -> ColumnRef | None:
    """Return the column whose different values are all that *node* asks for."""
    if not isinstance(node, Aggregate) or not node.aggregates:
        return None
    arguments = {argument_of(call) for _, call in node.aggregates}
    return arguments.pop() if len(arguments) == 1 else None


def argument_of(call: AggregateCall) -> ColumnRef | None:
    """Return the column of ``count(DISTINCT column)``; None for any other call."""
    plain = call.distinct and call.where is None and not call.order
    if call.function.name != "count" or not plain or len(call.args) != 1:
        return None
    value = call.args[0]
    return value if isinstance(value, ColumnRef) else None


def first_step(column: ColumnRef) -> ColumnRef:
    """Return the column of the first step that *column* takes its values from."""
    return ColumnRef(column.id + FIRST_STEP, column.dtype)
