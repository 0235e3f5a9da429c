"""
Reads one key of a map from the column that a table keeps for it, where it does.

This is a rule over the bound query, not over its text: whoever groups by a map and asks for a key
of the group's map reads the map, since that is what the group has.
"""

from collections.abc import Mapping

from query_engine.functions.catalog import SCALARS_BY_NAME
from query_engine.sql.relations import Relation, Scan, inputs, topological
from query_engine.sql.rewriting import rebuilt, with_values
from query_engine.sql.scalars import Call, ColumnRef, Literal, Scalar, rewrite

Place = tuple[str, str, bool]
"""Id of a map column, the key, and whether the key counts in any capitals."""


def with_key_columns(root: Relation) -> Relation:
    """Return *root* with columns instead of lookups in maps, where a scan below has them."""
    kept: dict[Place, ColumnRef] = {}
    for node in topological(root):
        if isinstance(node, Scan):
            kept |= node.key_columns
    return rebuilt(root, lambda node: read_from_columns(node, kept)) if kept else root


def read_from_columns(node: Relation, kept: Mapping[Place, ColumnRef]) -> Relation:
    """Return *node* with each lookup replaced whose column reaches it."""
    present = {column.id for child in inputs(node) for column in child.columns}

    def change(value: Scalar) -> Scalar | None:
        place = looked_up(value)
        column = None if place is None else kept.get(place)
        if column is None or column.id not in present:
            return None
        return ColumnRef(column.id, column.dtype, value.pos)

    return with_values(node, lambda value: rewrite(value, change))


def looked_up(value: Scalar) -> Place | None:
    """Return what *value* looks up, if it is the lookup of a constant key in a column."""
    if not isinstance(value, Call) or len(value.args) != 2:
        return None
    properties, key = value.args
    function = SCALARS_BY_NAME.get(value.name)
    any_case = function is not None and function.reads_key
    if not any_case and value.name != "[]":
        return None
    if not isinstance(properties, ColumnRef) or not isinstance(key, Literal):
        return None
    return (properties.id, str(key.value), any_case)
