"""
Binds one SELECT: FROM, WHERE, GROUP BY, HAVING, windows, QUALIFY, DISTINCT, ORDER BY, LIMIT, in
turn.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlglot import exp

from query_engine.sql.distinct_on import distinct_on, first_of_each
from query_engine.sql.errors import TypeProblem
from query_engine.sql.expressions import Context
from query_engine.sql.group_by import Groups, bind_groups
from query_engine.sql.grouping import grouped
from query_engine.sql.naming import output_name
from query_engine.sql.queries import Bound, Queries
from query_engine.sql.relations import Distinct, Project, Relation, Sort
from query_engine.sql.scalars import (
    AggregateCall,
    ColumnRef,
    GroupingCall,
    OrderKey,
    Scalar,
    walk,
)
from query_engine.sql.scope import Named, Scope
from query_engine.sql.sources import bind_from
from query_engine.sql.stars import is_star, starred
from query_engine.sql.subqueries import attached, filtered
from query_engine.sql.unnest import has_unnest, struct_fields, unnested_list
from query_engine.sql.windowing import windowed
from query_engine.sql.windows import Over, has_window, named_windows


@dataclass(slots=True)
class Select:
    """The bound parts of a SELECT, all over the columns of its FROM."""

    names: list[str]
    items: list[Scalar]
    groups: Groups
    having: Scalar | None
    qualify: Scalar | None
    on: list[Scalar]
    order: list[OrderKey]
    grouped: bool

    @property
    def values(self) -> list[Scalar]:
        """Every expression that is computed for the rows that are left after HAVING."""
        qualify = [] if self.qualify is None else [self.qualify]
        return [*self.items, *(key.value for key in self.order), *self.on, *qualify]

    def rewritten(self, values: Sequence[Scalar]) -> None:
        """Put other expressions in the place of ``values``."""
        rest = iter(values)
        self.items = [next(rest) for _ in self.items]
        self.order = [replace(key, value=next(rest)) for key in self.order]
        self.on = [next(rest) for _ in self.on]
        self.qualify = None if self.qualify is None else next(rest)


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
    refuse_early_unnest(queries, parts)
    if parts.grouped:
        having = [] if parts.having is None else [parts.having]
        relation, values = grouped(session, relation, parts.groups, [*parts.values, *having])
        parts.rewritten(values)
        if having:
            relation = filtered(session, relation, values[-1])
    relation, values = windowed(session, relation, parts.values)
    parts.rewritten(values)
    if parts.qualify is not None:
        relation = filtered(session, relation, parts.qualify)
    if parts.on:
        relation, values = first_of_each(queries, relation, parts.on, parts.order, parts.values)
        parts.rewritten(values)
    distinct = node.args.get("distinct") is not None and not parts.on
    relation, columns = projected(queries, relation, parts, distinct=distinct)
    named = tuple(Named(n, c) for n, c in zip(parts.names, columns, strict=True))
    return Bound(queries.limited(relation, node), named)


def refuse_early_unnest(queries: Queries, parts: Select) -> None:
    """Refuse what would need the rows of an unnest before they are made."""
    early = [("HAVING", parts.having), ("QUALIFY", parts.qualify)]
    early += [("DISTINCT ON", item) for item in parts.items if parts.on]
    for clause, value in early:
        if value is not None and has_unnest(value):
            message = f"unnest with {clause} is not supported"
            hint = "unnest in a subquery"
            raise queries.session.source.unsupported(message, value.pos, hint=hint)


def bound_parts(queries: Queries, node: exp.Select, scope: Scope) -> Select:
    """Bind the expressions of everything after WHERE."""
    make = queries.session.make
    context = Context(scope, "a window", aggregates=True)
    windows = named_windows(queries.expressions, node.args.get("windows") or (), context)
    names, items = select_list(queries, node, scope, windows)
    aliases = dict(zip(names, items, strict=True))
    group = node.args.get("group")
    groups = bind_groups(queries, group, names, items, scope)
    having = node.args.get("having")
    predicate = None
    if having is not None:
        context = Context(scope, "HAVING", aggregates=True, aliases=aliases)
        predicate = make.boolean(queries.expressions.bind(having.this, context), "HAVING")
        if has_window(predicate):
            raise queries.problem("a window function cannot stand in HAVING", having)
    key = partial(
        queries.output_key, names=names, values=items, scope=scope, aggregates=True, windows=windows
    )
    order = node.args.get("order")
    order_by = [key(item) for item in (order.expressions if order is not None else ())]
    on = [key(item).value for item in distinct_on(node)]
    qualify = node.args.get("qualify")
    qualified = None
    if qualify is not None:
        context = Context(scope, "QUALIFY", True, windows, aliases)
        qualified = make.boolean(queries.expressions.bind(qualify.this, context), "QUALIFY")
        if not any(has_window(value) for value in (*items, qualified)):
            message = "QUALIFY without a window function; filter rows with WHERE"
            raise queries.problem(message, qualify)
    values = [*items, *(key.value for key in order_by), *on]
    values += [] if qualified is None else [qualified]
    over = [window.parts for window in windows.values()]
    aggregated = any(
        isinstance(part, AggregateCall | GroupingCall)
        for value in (*values, *itertools.chain(*over))
        for part in walk(value)
    )
    is_grouped = group is not None or predicate is not None or aggregated
    return Select(names, items, groups, predicate, qualified, on, order_by, is_grouped)


def select_list(
    queries: Queries, node: exp.Select, scope: Scope, windows: Mapping[str, Over]
) -> tuple[list[str], list[Scalar]]:
    """Return names and expressions of the SELECT list, stars written out."""
    if not node.expressions:
        raise queries.problem("SELECT needs at least one expression", node)
    names: list[str] = []
    items: list[Scalar] = []
    context = Context(scope, "SELECT", aggregates=True, windows=windows)
    for item in node.expressions:
        if is_star(item):
            for name, value in starred(queries, item, scope):
                names.append(name)
                items.append(value)
            continue
        inner = item.this if isinstance(item, exp.Alias) else item
        fields = struct_fields(queries, item, context)
        if fields is None:
            fields = [(output_name(item), queries.expressions.bind(inner, context))]
        names += (name for name, _ in fields)
        items += (value for _, value in fields)
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
    relation, values = unnested_list(session, relation, [*parts.items, *hidden])
    relation, values = attached(session, relation, values)
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
