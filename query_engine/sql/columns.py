"""Which columns each relation has to yield, from what the relations above it read."""

from collections.abc import Iterable, Mapping, Sequence

from query_engine.sql.relations import (
    Aggregate,
    AsofJoin,
    AttachValue,
    Distinct,
    Filter,
    Join,
    Limit,
    LimitEach,
    Project,
    Recursive,
    Relation,
    SetOperation,
    Sort,
    TableCall,
    Union,
    Unnest,
    Window,
    inputs,
    topological,
)
from query_engine.sql.scalars import ColumnRef, Scalar, columns_in


def needed_columns(root: Relation) -> Mapping[int, frozenset[str]]:
    """Return the ids of the columns that are read from each relation, by ``id(relation)``."""
    needs: dict[int, set[str]] = {id(root): {column.id for column in root.columns}}
    for node in topological(root):
        own_needs = needs.setdefault(id(node), set())
        if not own_needs and node.columns:
            own_needs.add(cheapest(node.columns).id)
        for child, ids in read_from_inputs(node, own_needs):
            own = {column.id for column in child.columns}
            needs.setdefault(id(child), set()).update(own & set(ids))
    return {key: frozenset(ids) for key, ids in needs.items()}


def cheapest(columns: Sequence[ColumnRef]) -> ColumnRef:
    """Return the column to read when only the number of rows matters."""
    for column in columns:
        if column.dtype.is_numeric() or column.dtype.is_temporal():
            return column
    return columns[0]


def reads(values: Iterable[Scalar]) -> set[str]:
    """Return the columns that any of *values* reads."""
    return {column for value in values for column in columns_in(value)}


def read_from_inputs(node: Relation, needed: set[str]) -> list[tuple[Relation, set[str]]]:
    """Return each input of *node* with the columns that it has to yield."""
    if isinstance(node, Project):
        return [(node.input, reads(value for column, value in node.items if column.id in needed))]
    if isinstance(node, Filter):
        return [(node.input, needed | columns_in(node.predicate))]
    if isinstance(node, Join):
        conditions = [side for pair in node.keys for side in pair]
        conditions += [] if node.residual is None else [node.residual]
        wanted = needed | reads(conditions)
        return [(node.left, wanted), (node.right, wanted)]
    if isinstance(node, AsofJoin):
        wanted = needed | reads([*node.nearest, *(side for pair in node.keys for side in pair)])
        return [(node.left, wanted), (node.right, wanted)]
    if isinstance(node, Aggregate):
        calls = [call for column, call in node.aggregates if column.id in needed]
        return [(node.input, reads([*(key for _, key in node.keys), *calls]))]
    if isinstance(node, Window):
        calls_read = reads(call for column, call in node.calls if column.id in needed)
        return [(node.input, needed | calls_read)]
    if isinstance(node, Unnest):
        return [(node.input, needed | reads(array for _, array in node.arrays))]
    if isinstance(node, TableCall):
        return [(node.input, reads(node.args))]
    if isinstance(node, Sort):
        return [(node.input, needed | reads(key.value for key in node.keys))]
    if isinstance(node, Limit):
        return [(node.input, needed)]
    if isinstance(node, Distinct):
        return [(node.input, {column.id for column in node.input.columns})]
    if isinstance(node, Union):
        wanted_places = [i for i, column in enumerate(node.columns) if column.id in needed]
        return [
            (child, {child.columns[place].id for place in wanted_places}) for child in node.inputs
        ]
    if isinstance(node, SetOperation | Recursive):
        return [(child, {column.id for column in child.columns}) for child in inputs(node)]
    if isinstance(node, LimitEach):
        return [(node.input, needed | {column.id for column in node.by})]
    if isinstance(node, AttachValue):
        return [(node.input, needed), (node.subquery, {c.id for c in node.subquery.columns})]
    return []
