"""GROUP BY: splits expressions into what is computed before, in and after the aggregation."""

from collections.abc import Sequence
from dataclasses import replace

from query_engine.sql.errors import TypeProblem
from query_engine.sql.group_by import Groups
from query_engine.sql.operators import Operators
from query_engine.sql.relations import Aggregate, Project, Relation
from query_engine.sql.rollups import rolled_up
from query_engine.sql.scalars import (
    AggregateCall,
    ColumnRef,
    GroupingCall,
    Literal,
    Scalar,
    rewrite,
    walk,
)
from query_engine.sql.session import Session
from query_engine.sql.subqueries import attached
from query_engine.sql.types import INT64


def grouped(
    session: Session, relation: Relation, groups: Groups, values: Sequence[Scalar]
) -> tuple[Relation, list[Scalar]]:
    """
    Return the aggregation of *relation* and *values* over its columns.

    Raises:
        TypeProblem: A value reads a column that is neither a key nor inside an aggregate.
    """
    before = Before(session)
    key_columns = {key: session.fresh(readable(key), key.dtype, key.pos) for key in groups.keys}
    number = session.fresh("set", INT64)
    calls: dict[Scalar, ColumnRef] = {}
    for part in (part for value in values for part in walk(value)):
        if isinstance(part, AggregateCall) and part not in calls:
            calls[part] = session.fresh(part.function.name, part.dtype, part.pos)
    group_items = tuple((column, before.column(key)) for key, column in key_columns.items())
    aggregates = tuple(
        (column, before.prepared(call))
        for call, column in calls.items()
        if isinstance(call, AggregateCall)
    )
    wide, computed = attached(session, relation, list(before.columns))
    items = tuple(zip(before.columns.values(), computed, strict=True))
    narrow = Project(wide, items) if items else relation

    def after(node: Scalar) -> Scalar | None:
        if node in key_columns:
            return replace(key_columns[node], pos=node.pos)
        if node in calls:
            return replace(calls[node], pos=node.pos)
        if isinstance(node, GroupingCall):
            return grouping_bits(session, groups, number, node)
        if isinstance(node, ColumnRef) and node.id not in session.outer_columns:
            name = node.id.rpartition("#")[0]
            message = f'"{name}" is neither in GROUP BY nor inside an aggregate'
            hint = f"write max({name}) or add it to GROUP BY"
            raise session.source.place(TypeProblem(message, hint=hint), node.pos)
        return None

    finest = Aggregate(narrow, group_items, aggregates)
    sets = [[key_columns[key] for key in keys] for keys in groups.sets]
    result = finest if len(sets) == 1 else rolled_up(session, finest, sets, number)
    return result, [rewrite(v, after) for v in values]


def grouping_bits(
    session: Session, groups: Groups, number: ColumnRef, node: GroupingCall
) -> Scalar:
    """Return the value of GROUPING for each grouping set, told by its *number*."""
    for arg in node.args:
        if arg not in groups.keys:
            raise session.source.place(TypeProblem("GROUPING takes keys of GROUP BY"), arg.pos)
    by_bits: dict[int, list[Scalar]] = {}
    for index, keys in enumerate(groups.sets):
        bits = 0
        for arg in node.args:
            bits = bits * 2 + (arg not in keys)
        by_bits.setdefault(bits, []).append(Literal(index, INT64, node.pos))
    if len(by_bits) == 1:
        return Literal(next(iter(by_bits)), node.dtype, node.pos)
    operators = Operators(session.make)
    return operators.case(
        [
            (operators.in_list(number, sets, node.pos), Literal(bits, node.dtype, node.pos))
            for bits, sets in by_bits.items()
        ],
        None,
        node.pos,
    )


def readable(value: Scalar) -> str:
    """Return what a computed column is called in plans."""
    return value.id.rpartition("#")[0] if isinstance(value, ColumnRef) else "key"


class Before:
    """The columns that an aggregation reads, each computed once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.columns: dict[Scalar, ColumnRef] = {}

    def column(self, value: Scalar) -> ColumnRef:
        """Return the column that holds *value*."""
        if value not in self.columns:
            self.columns[value] = self.session.fresh(readable(value), value.dtype, value.pos)
        return self.columns[value]

    def prepared(self, call: AggregateCall) -> AggregateCall:
        """Return *call* over columns; a FILTER that can become a CASE in the argument does."""
        values = list(call.args)
        where = call.where
        if where is not None and call.function.ignores_nulls and values:
            values[0] = Operators(self.session.make).case([(where, values[0])], None, values[0].pos)
            where = None
        return replace(
            call,
            args=tuple(self.argument(call, index, value) for index, value in enumerate(values)),
            where=None if where is None else self.column(where),
            order=tuple(replace(key, value=self.column(key.value)) for key in call.order),
        )

    def argument(self, call: AggregateCall, index: int, value: Scalar) -> Scalar:
        """Return one argument: a constant where the function wants one, otherwise a column."""
        parameters = call.function.parameters
        parameter = parameters[min(index, len(parameters) - 1)]
        star = call.function.takes_star and not call.distinct
        known = parameter.constant or star or call.function.finish is not None
        if isinstance(value, Literal) and known:
            return value
        return self.column(value)
