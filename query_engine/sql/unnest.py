"""
Binds unnest: rows made of the elements of arrays, in FROM and in the SELECT list.

In FROM it sees what stands left of it; ``generate_series`` and ``range`` do too: they are arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl
from sqlglot import exp

from query_engine.functions.catalog import SCALARS_BY_NAME
from query_engine.functions.function import Argument
from query_engine.sql.calls import WrittenCall, scalar_call
from query_engine.sql.coercion import Maker
from query_engine.sql.containers import field
from query_engine.sql.expressions import Context
from query_engine.sql.positions import Source, offset_of
from query_engine.sql.queries import Queries
from query_engine.sql.relations import OneRow, Relation, Unnest
from query_engine.sql.scalars import ColumnRef, Scalar, UnnestCall, rewrite, walk
from query_engine.sql.scope import Named, Scope, identifier
from query_engine.sql.session import Session
from query_engine.sql.subqueries import attached
from query_engine.sql.types import INT64, NULL, as_instance, is_null, shown

if TYPE_CHECKING:
    from query_engine.sql.expressions import Expressions

SERIES = frozenset({"generate_series", "range"})
SERIES_COLUMN = "value"


@dataclass(frozen=True, slots=True)
class Arrays:
    """
    What an item of FROM unnests.

    Attributes:
        items: The arrays by the names of their elements.
        numbered: The name of the column that counts the elements; None without one.
        alias: What the item is called.
    """

    items: tuple[tuple[str, Scalar], ...]
    numbered: str | None
    alias: str


def is_unnesting(node: exp.Expr) -> bool:
    """Tell whether an item of FROM makes rows of arrays."""
    if isinstance(node, exp.Lateral):
        return isinstance(node.this, exp.Unnest) or is_series(node.this)
    return isinstance(node, exp.Unnest) or (isinstance(node, exp.Table) and is_series(node.this))


def is_series(node: exp.Expr) -> bool:
    """Tell whether a call makes a series."""
    return isinstance(node, exp.Anonymous) and str(node.this).lower() in SERIES


def bind_arrays(queries: Queries, node: exp.Expr, scope: Scope) -> Arrays:
    """
    Bind an item of FROM that makes rows of arrays, over the columns of *scope*.

    Raises:
        SqlError: An argument is no array, or there are more names than columns.
    """
    inner = node.this if isinstance(node, exp.Lateral | exp.Table) else node
    context = Context(scope, "the arguments of unnest")
    values = queries.expressions.bind_all(inner.expressions, context)
    make, pos = queries.session.make, offset_of(inner)
    names, numbered = given_names(node)
    if isinstance(inner, exp.Anonymous):
        name = str(inner.this).lower()
        array = scalar_call(queries.expressions, SCALARS_BY_NAME[name], values, pos)
        items: list[tuple[str, Scalar]] = [(SERIES_COLUMN, array)]
        return named_arrays(make, node, items, names, numbered)
    alias = node.args.get("alias")
    single = identifier(alias.this) if alias is not None and alias.this is not None else "unnest"
    items = []
    for value in values:
        if isinstance(value.dtype, pl.Map):
            items += map_arrays(make, value)
        else:
            check_array(make, value)
            items.append((single if len(values) == 1 else "unnest", value))
    return named_arrays(make, node, items, names, numbered)


def map_arrays(make: Maker, value: Scalar) -> list[tuple[str, Scalar]]:
    """Return keys and values of a map as arrays."""
    dtype = value.dtype
    assert isinstance(dtype, pl.Map), "the caller has seen the type"
    keys, values = pl.List(as_instance(dtype.key)), pl.List(as_instance(dtype.value))
    return [
        ("key", make.call("keys of map", [value], keys, map_keys, value.pos)),
        ("value", make.call("values of map", [value], values, map_values, value.pos)),
    ]


def map_keys(value: Argument) -> pl.Expr:
    """Return the keys of a map."""
    return value.expr.map.keys()


def map_values(value: Argument) -> pl.Expr:
    """Return the values of a map."""
    return value.expr.map.values()


def given_names(node: exp.Expr) -> tuple[list[str], bool]:
    """Return the names of columns after the alias, and whether the elements are counted."""
    inner = node.this if isinstance(node, exp.Lateral) else node
    alias = inner.args.get("alias") or node.args.get("alias")
    names = [identifier(name) for name in (alias.args.get("columns") or ())] if alias else []
    offset = inner.args.get("offset")
    if isinstance(offset, exp.Identifier):
        names.append(identifier(offset))
    ordinality = inner.args.get("ordinality") or node.args.get("ordinality")
    return names, bool(offset or ordinality)


def named_arrays(
    make: Maker,
    node: exp.Expr,
    items: Sequence[tuple[str, Scalar]],
    names: Sequence[str],
    numbered: bool,
) -> Arrays:
    """Return *items* under the names that they are given, from left to right."""
    inner = node.this if isinstance(node, exp.Lateral) else node
    alias = inner.args.get("alias") or node.args.get("alias")
    called = identifier(alias.this) if alias is not None and alias.this is not None else ""
    own = [name for name, _ in items] + (["ordinality"] if numbered else [])
    if len(names) > len(own):
        raise make.problem(f"{len(names)} names for {len(own)} columns", offset_of(node))
    final = [*names, *own[len(names) :]]
    arrays = tuple((name, value) for name, (_, value) in zip(final, items, strict=False))
    return Arrays(arrays, final[-1] if numbered else None, called)


def check_array(make: Maker, value: Scalar) -> None:
    """Refuse what has no elements."""
    if not isinstance(value.dtype, pl.List) and not is_null(value.dtype):
        hint = "a map can be unnested in FROM" if isinstance(value.dtype, pl.Map) else None
        message = f"unnest takes an array, not {shown(value.dtype)}"
        raise make.problem(message, value.pos, hint=hint)


def element_type(dtype: pl.DataType) -> pl.DataType:
    """Return the type of an array's elements; those of a NULL are NULL."""
    return as_instance(dtype.inner) if isinstance(dtype, pl.List) else NULL


def unnested(
    session: Session, relation: Relation, arrays: Arrays, *, keep: bool
) -> tuple[Relation, list[Named]]:
    """Return each row of *relation* with the elements of its arrays, and their columns."""
    relation, values = attached(session, relation, [value for _, value in arrays.items])
    named = [
        Named(name, session.fresh(name, element_type(value.dtype)))
        for (name, _), value in zip(arrays.items, values, strict=True)
    ]
    pairs = tuple((item.column, value) for item, value in zip(named, values, strict=True))
    number = None
    if arrays.numbered is not None:
        number = session.fresh(arrays.numbered, INT64)
        named.append(Named(arrays.numbered, number))
    return Unnest(relation, pairs, number, keep=keep), named


def first_in_from(queries: Queries, node: exp.Expr) -> tuple[Relation, list[Named], str]:
    """Bind an item that sees nothing left of it; returns its rows, columns and alias."""
    arrays = bind_arrays(queries, node, Scope(outer=queries.outer))
    relation, named = unnested(queries.session, OneRow(), arrays, keep=False)
    return relation, named, arrays.alias


def bind_unnest_call(self: "Expressions", call: WrittenCall, context: "Context") -> Scalar:
    """
    Bind unnest in the SELECT list.

    Raises:
        SqlError: It stands elsewhere, or takes no array.
    """
    source: Source = self.make.source
    if context.clause not in {"SELECT", "ORDER BY"}:
        hint = "write FROM t, unnest(t.array) AS x, or use a subquery"
        message = f"unnest cannot stand in {context.clause}"
        raise source.unsupported(message, call.pos, hint=hint)
    if len(call.args) != 1 or any((call.distinct, call.order, call.where, call.within)):
        raise source.unsupported("unnest in SELECT takes one array", call.pos)
    value = self.bind(call.args[0], replace(context, clause="unnest"))
    check_array(self.make, value)
    return UnnestCall((value,), element_type(value.dtype), call.pos)


def struct_fields(
    queries: Queries, node: exp.Expr, context: Context
) -> list[tuple[str, Scalar]] | None:
    """Return a column for each field when *node* is ``unnest(struct)``; None otherwise."""
    if not isinstance(node, exp.Anonymous) or str(node.this).lower() != "unnest":
        return None
    if len(node.expressions) != 1 or isinstance(node.expressions[0], exp.Star):
        return None
    value = queries.expressions.bind(node.expressions[0], context)
    if not isinstance(value.dtype, pl.Struct):
        return None
    make = queries.session.make
    names = [item.name for item in value.dtype.fields]
    return [(name, field(make, value, name, value.pos)) for name in names]


def has_unnest(value: Scalar) -> bool:
    """Tell whether an unnest stands in *value*."""
    return any(isinstance(part, UnnestCall) for part in walk(value))


def unnested_list(
    session: Session, relation: Relation, values: Sequence[Scalar]
) -> tuple[Relation, list[Scalar]]:
    """Return *relation* with rows for the unnests in *values*, side by side, and the values."""
    calls: dict[Scalar, ColumnRef] = {}
    for part in (part for value in values for part in walk(value)):
        if isinstance(part, UnnestCall) and part not in calls:
            calls[part] = session.fresh("unnest", part.dtype, part.pos)
    if not calls:
        return relation, list(values)
    arrays = [call.args[0] for call in calls if isinstance(call, UnnestCall)]
    relation, arrays = attached(session, relation, arrays)
    pairs = tuple(zip(calls.values(), arrays, strict=True))
    made = Unnest(relation, pairs, None, keep=False)
    return made, [rewrite(value, calls.get) for value in values]
