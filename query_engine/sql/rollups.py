"""
Grouping sets: one aggregation for each set, over one reading of the input.

Aggregates that can be made of those of smaller groups (count, sum, min, max, avg and the like) are
computed once for the finest groups, and the sets add those up. Others read the input for each set;
the engine reads a plan that several steps share once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from query_engine.functions.catalog import AGGREGATES_BY_NAME
from query_engine.functions.function import returned
from query_engine.sql.arithmetic import Arithmetic
from query_engine.sql.operators import Operators
from query_engine.sql.relations import Aggregate, Project, Relation, Union
from query_engine.sql.scalars import AggregateCall, ColumnRef, Literal, Scalar, arguments
from query_engine.sql.session import Session
from query_engine.sql.types import FLOAT64, INT64

ADDED_UP: Mapping[str, str] = {
    "sum": "sum",
    "min": "min",
    "max": "max",
    "bool_and": "bool_and",
    "bool_or": "bool_or",
}
"""Aggregates whose value for a group follows from its parts', and by which aggregate."""

Keys = tuple[tuple[ColumnRef, Scalar], ...]
Calls = Sequence[tuple[ColumnRef, AggregateCall]]


@dataclass(frozen=True, slots=True)
class Parts:
    """
    An aggregate in two steps.

    Attributes:
        first: What is computed for the finest groups.
        then: By which aggregate each of those is added up.
        finish: The value, from the added up ones.
    """

    first: tuple[AggregateCall, ...]
    then: tuple[str, ...]
    finish: Callable[[Sequence[ColumnRef]], Scalar]


def rolled_up(
    session: Session,
    groups: Aggregate,
    sets: Sequence[Sequence[ColumnRef]],
    number: ColumnRef,
) -> Relation:
    """
    Return the groups of all *sets*, keys that a set lacks being NULL.

    Args:
        session: Gives names to columns.
        groups: The aggregation by all keys of any set.
        sets: Which of its key columns each set has.
        number: A first column for which set a row is of, from 0.
    """
    relation, keys = groups.input, groups.keys
    calls: Calls = groups.aggregates
    parts = [in_parts(session, call) for _, call in calls]
    values: dict[ColumnRef, Scalar]
    if all(part is not None for part in parts):
        relation, keys, calls, values = in_two_steps(
            session, groups, [part for part in parts if part is not None]
        )
    else:
        values = {column: column for column, _ in calls}
    columns = (number, *(column for column, _ in keys), *values)
    inputs = []
    for index, names in enumerate(sets):
        own = {column.id for column in names}
        part = Aggregate(relation, tuple(k for k in keys if k[0].id in own), tuple(calls))
        items: list[Scalar] = [Literal(index, INT64)]
        items += [c if c.id in own else Literal(None, c.dtype) for c, _ in keys]
        items += values.values()
        fresh = [session.fresh("set", value.dtype) for value in items]
        inputs.append(Project(part, tuple(zip(fresh, items, strict=True))))
    return Union(tuple(inputs), columns)


def in_two_steps(
    session: Session, groups: Aggregate, parts: Sequence[Parts]
) -> tuple[Relation, Keys, Calls, dict[ColumnRef, Scalar]]:
    """Return the finest groups, and keys, aggregates and values of the sets over those."""
    inner_keys = tuple((session.fresh("key", c.dtype), value) for c, value in groups.keys)
    first: list[tuple[ColumnRef, AggregateCall]] = []
    then: list[tuple[ColumnRef, AggregateCall]] = []
    values: dict[ColumnRef, Scalar] = {}
    for (column, call), part in zip(groups.aggregates, parts, strict=True):
        added: list[ColumnRef] = []
        for step, name in zip(part.first, part.then, strict=True):
            partial = session.fresh(step.function.name, step.dtype)
            first.append((partial, step))
            merge = call_of(name, partial)
            added.append(session.fresh(name, merge.dtype, call.pos))
            then.append((added[-1], merge))
        values[column] = part.finish(added)
    finest = Aggregate(groups.input, inner_keys, tuple(first))
    outer = tuple((c, inner) for (c, _), (inner, _) in zip(groups.keys, inner_keys, strict=True))
    return finest, outer, then, values


def in_parts(session: Session, call: AggregateCall) -> Parts | None:
    """Return how to compute *call* in two steps; None if it has to see all rows of a group."""
    name = call.function.name
    if call.distinct or call.order:
        return None
    operators, zero = Operators(session.make), Literal(0, INT64)
    if name == "count":
        return Parts((call,), ("sum",), lambda c: operators.first_known([c[0], zero], call.pos))
    if name == "avg" and call.args[0].dtype.is_numeric() and call.dtype == FLOAT64:
        wide = session.make.cast(call.args[0], FLOAT64)
        total = AggregateCall(
            AGGREGATES_BY_NAME["sum"], (wide,), FLOAT64, where=call.where, pos=call.pos
        )
        count = AggregateCall(
            AGGREGATES_BY_NAME["count"], (call.args[0],), INT64, where=call.where, pos=call.pos
        )
        arithmetic = Arithmetic(session.make)
        return Parts(
            (total, count),
            ("sum", "sum"),
            lambda c: arithmetic.binary("/", c[0], c[1], call.pos),
        )
    if name not in ADDED_UP or call_of(name, ColumnRef("", call.dtype)).dtype != call.dtype:
        return None
    return Parts((call,), (ADDED_UP[name],), lambda c: c[0])


def call_of(name: str, column: ColumnRef) -> AggregateCall:
    """Return the aggregate *name* of a column."""
    function = AGGREGATES_BY_NAME[name]
    dtype: pl.DataType = returned(function.returns, arguments([column]))
    return AggregateCall(function, (column,), dtype)
