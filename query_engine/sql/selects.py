"""Binds one SELECT: FROM, WHERE, GROUP BY, HAVING, the list, DISTINCT, ORDER BY, LIMIT, in turn."""

from dataclasses import dataclass, replace

from sqlglot import exp

from query_engine.sql.errors import TypeProblem
from query_engine.sql.expressions import Context
from query_engine.sql.group_by import Groups, bind_groups
from query_engine.sql.grouping import grouped
from query_engine.sql.naming import output_name
from query_engine.sql.queries import Bound, Queries
from query_engine.sql.relations import Distinct, Project, Relation, Sort
from query_engine.sql.scalars import AggregateCall, ColumnRef, GroupingCall, OrderKey, Scalar, walk
from query_engine.sql.scope import Named, Scope
from query_engine.sql.sources import bind_from
from query_engine.sql.stars import is_star, starred
from query_engine.sql.subqueries import attached, filtered


@dataclass(slots=True)
class Select:
    """The bound parts of a SELECT, all over the columns of its FROM."""

    names: list[str]
    items: list[Scalar]
    groups: Groups
    having: Scalar | None
    order: list[OrderKey]
    grouped: bool


def bind_select(queries: Queries, node: exp.Select) -> Bound:
    """
    Return the bound SELECT.

    Raises:
        SqlError: Something in it is wrong; placed.
    """
    session = queries.session
    relation, scope = bind_from(queries, node)
    where = node.args.get("where")
    if where is not None:
        predicate = queries.expressions.bind(where.this, Context(scope, "WHERE"))
        relation = filtered(session, relation, session.make.boolean(predicate, "WHERE"))
    parts = bound_parts(queries, node, scope)
    if parts.grouped:
        having = [] if parts.having is None else [parts.having]
        values = [*parts.items, *(key.value for key in parts.order), *having]
        relation, values = grouped(session, relation, parts.groups, values)
        parts.items = values[: len(parts.items)]
        rest = values[len(parts.items) :]
        parts.order = [replace(key, value=v) for key, v in zip(parts.order, rest, strict=False)]
        if having:
            relation = filtered(session, relation, session.make.boolean(rest[-1], "HAVING"))
    distinct = node.args.get("distinct") is not None
    relation, columns = projected(queries, relation, parts, distinct=distinct)
    named = tuple(Named(n, c) for n, c in zip(parts.names, columns, strict=True))
    return Bound(queries.limited(relation, node), named)


def bound_parts(queries: Queries, node: exp.Select, scope: Scope) -> Select:
    """Bind the expressions of everything after WHERE."""
    names, items = select_list(queries, node, scope)
    aliases = dict(zip(names, items, strict=True))
    group = node.args.get("group")
    groups = bind_groups(queries, group, names, items, scope)
    having = node.args.get("having")
    predicate = None
    if having is not None:
        context = Context(scope, "HAVING", aggregates=True, aliases=aliases)
        predicate = queries.expressions.bind(having.this, context)
    order = node.args.get("order")
    order_by = [
        queries.output_key(item, names, items, scope, aggregates=True)
        for item in (order.expressions if order is not None else ())
    ]
    values = [*items, *(key.value for key in order_by)]
    aggregated = any(
        isinstance(part, AggregateCall | GroupingCall) for value in values for part in walk(value)
    )
    is_grouped = group is not None or predicate is not None or aggregated
    return Select(names, items, groups, predicate, order_by, is_grouped)


def select_list(queries: Queries, node: exp.Select, scope: Scope) -> tuple[list[str], list[Scalar]]:
    """Return names and expressions of the SELECT list, stars written out."""
    if not node.expressions:
        raise queries.problem("SELECT needs at least one expression", node)
    names: list[str] = []
    items: list[Scalar] = []
    context = Context(scope, "SELECT", aggregates=True)
    for item in node.expressions:
        if is_star(item):
            for name, value in starred(queries, item, scope):
                names.append(name)
                items.append(value)
            continue
        inner = item.this if isinstance(item, exp.Alias) else item
        names.append(output_name(item))
        items.append(queries.expressions.bind(inner, context))
    return names, items


def projected(
    queries: Queries, relation: Relation, parts: Select, *, distinct: bool
) -> tuple[Relation, list[ColumnRef]]:
    """Compute the list, remove duplicates, sort; returns the relation and the list's columns."""
    session = queries.session
    hidden = [key.value for key in parts.order if key.value not in parts.items]
    if distinct and hidden:
        message = "with SELECT DISTINCT, ORDER BY takes expressions of the SELECT list"
        raise session.source.place(TypeProblem(message), hidden[0].pos)
    hidden = list(dict.fromkeys(hidden))
    relation, values = attached(session, relation, [*parts.items, *hidden])
    names = [*parts.names, *("key" for _ in hidden)]
    columns = [session.fresh(n, v.dtype) for n, v in zip(names, values, strict=True)]
    relation = Project(relation, tuple(zip(columns, values, strict=True)))
    if distinct:
        relation = Distinct(relation)
    visible = columns[: len(parts.items)]
    if parts.order:
        place: dict[Scalar, ColumnRef] = {}
        for value, column in zip([*parts.items, *hidden], columns, strict=True):
            place.setdefault(value, column)
        keys = tuple(replace(key, value=place[key.value]) for key in parts.order)
        relation = Sort(relation, keys)
        if hidden:
            relation = Project(relation, tuple((column, column) for column in visible))
    return relation, visible
