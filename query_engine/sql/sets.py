"""
Binds set operations: UNION, INTERSECT and EXCEPT of queries, with their types brought together.

The parser has settled which of them binds tighter; a chain comes as a tree.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl
from sqlglot import exp

from query_engine.sql.positions import offset_of
from query_engine.sql.relations import Distinct, Project, Relation, SetKind, SetOperation, Union
from query_engine.sql.scalars import ColumnRef, Literal, Scalar
from query_engine.sql.scope import Named
from query_engine.sql.types import NULL, answered_type, held, shown

if TYPE_CHECKING:
    from query_engine.sql.queries import Bound, Queries

SET_KINDS: dict[type[exp.Expr], SetKind] = {exp.Intersect: "intersect", exp.Except: "except"}
CLAUSES = ("order", "limit", "offset", "with_")


def bind_set_operation(queries: "Queries", node: exp.SetOperation) -> "Bound":
    """
    Bind a set operation; columns match by position, or by name after BY NAME.

    Raises:
        SqlError: The sides have different numbers of columns, or types that do not meet.
    """
    if isinstance(node, exp.Union):
        return union(queries, node)
    kind = SET_KINDS[type(node)]
    parts = [queries.query(node.this), queries.query(node.expression)]
    (left, right), named = aligned(queries, parts, node)
    columns = tuple(item.column for item in named)
    distinct = bool(node.args.get("distinct"))
    relation = SetOperation(kind, left, right, columns, distinct=distinct)
    return bound(relation, named)


def union(queries: "Queries", node: exp.Union) -> "Bound":
    """Bind a chain of the same UNION, however long, as one."""
    distinct, by_name = bool(node.args.get("distinct")), bool(node.args.get("by_name"))
    nodes: list[exp.Expr] = [node.expression]
    left: exp.Expr = node.this
    while isinstance(left, exp.Union) and continues(left, distinct=distinct, by_name=by_name):
        nodes.append(left.expression)
        left = left.this
    nodes.append(left)
    parts = [queries.query(part) for part in reversed(nodes)]
    if by_name:
        parts = matched_by_name(queries, parts, node)
    inputs, named = aligned(queries, parts, node)
    relation: Relation = Union(tuple(inputs), tuple(item.column for item in named))
    return bound(Distinct(relation) if distinct else relation, named)


def bound(relation: Relation, named: tuple[Named, ...]) -> "Bound":
    """Return the bound query."""
    from query_engine.sql.queries import Bound

    return Bound(relation, named)


def continues(node: exp.Union, *, distinct: bool, by_name: bool) -> bool:
    """Tell whether *node* continues a chain of the same UNION without clauses of its own."""
    same = bool(node.args.get("distinct")) == distinct and bool(node.args.get("by_name")) == by_name
    return same and not any(node.args.get(name) for name in CLAUSES)


def matched_by_name(queries: "Queries", parts: Sequence["Bound"], node: exp.Expr) -> list["Bound"]:
    """Return *parts* with the columns of all of them, in the order of their first mention."""
    names: dict[str, None] = {}
    for part in parts:
        own = [item.name for item in part.columns]
        if len(set(own)) < len(own):
            raise queries.problem("UNION BY NAME takes columns of different names", node)
        names.update(dict.fromkeys(own))
    return [in_order(queries, part, list(names)) for part in parts]


def in_order(queries: "Queries", part: "Bound", names: Sequence[str]) -> "Bound":
    """Return the columns *names* of *part*; NULL for those that it lacks."""
    own = {item.name: item.column for item in part.columns}
    items: list[tuple[ColumnRef, Scalar]] = []
    for name in names:
        value: Scalar = own.get(name, Literal(None, NULL))
        items.append((queries.session.fresh(name, value.dtype), value))
    named = tuple(Named(name, column) for name, (column, _) in zip(names, items, strict=True))
    return bound(Project(part.relation, tuple(items)), named)


def aligned(
    queries: "Queries", parts: Sequence["Bound"], node: exp.Expr
) -> tuple[list[Relation], tuple[Named, ...]]:
    """Return *parts* with their columns in common types, and the columns of the result."""
    first, word = parts[0], node.key.upper()
    types = [item.column.dtype for item in first.columns]
    for part in parts[1:]:
        if len(part.columns) != len(types):
            message = f"{word} of {len(types)} and {len(part.columns)} columns"
            raise queries.problem(message, node)
        for index, item in enumerate(part.columns):
            common = answered_type(types[index], item.column.dtype)
            if common is None:
                both = f"{shown(types[index])} and {shown(item.column.dtype)}"
                raise queries.problem(f"column {index + 1} of {word} is {both}", node)
            types[index] = held(common)
    named = tuple(
        Named(item.name, queries.session.fresh(item.name, dtype, offset_of(node)))
        for item, dtype in zip(first.columns, types, strict=True)
    )
    return [typed(queries, part, types) for part in parts], named


def typed(queries: "Queries", part: "Bound", types: Sequence[pl.DataType]) -> Relation:
    """Return the columns of *part* in order, converted to *types*."""
    session = queries.session
    return Project(
        part.relation,
        tuple(
            (session.fresh(item.name, dtype), session.make.cast(item.column, dtype))
            for item, dtype in zip(part.columns, types, strict=True)
        ),
    )
