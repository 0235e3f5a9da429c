"""Stars of a SELECT list: which columns ``*`` stands for, and what EXCLUDE and its like change."""

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from query_engine.sql.errors import TypeProblem, UnknownColumn, UnknownTable
from query_engine.sql.expressions import Context
from query_engine.sql.positions import offset_of
from query_engine.sql.queries import Queries
from query_engine.sql.scalars import Scalar
from query_engine.sql.scope import Named, Scope, closest, identifier

Items = list[tuple[str, Scalar]]


def is_star(node: exp.Expr) -> bool:
    """Tell whether an item of a SELECT list is ``*`` or ``alias.*``."""
    inner = node.this if isinstance(node, exp.Column) else node
    return isinstance(inner, exp.Star)


def starred(queries: Queries, node: exp.Expr, scope: Scope) -> Items:
    """
    Return names and values of the columns that a star stands for, in order.

    EXCLUDE (or EXCEPT) leaves columns out, REPLACE computes them anew in their place, and RENAME
    calls them something else, in this order; each may only name columns of the star.

    Raises:
        SqlError: There is nothing to stand for, or a modifier names no column of it.
    """
    star = node.this if isinstance(node, exp.Column) else node
    items: Items = [
        (named.name, replace(named.column, pos=offset_of(node)))
        for named in columns(queries, node, scope)
    ]
    for excluded in star.args.get("except_") or ():
        name = target(queries, excluded, items, "EXCLUDE")
        items = [item for item in items if item[0] != name]
    if not items:
        raise queries.problem("EXCLUDE leaves no column", node)
    context = Context(scope, "REPLACE", aggregates=True)
    for alias in aliases(queries, star, "replace"):
        name = target(queries, alias.args["alias"], items, "REPLACE")
        value = queries.expressions.bind(alias.this, context)
        items = [(n, value if n == name else v) for n, v in items]
    for alias in aliases(queries, star, "rename"):
        name = target(queries, alias.this, items, "RENAME")
        given = identifier(alias.args["alias"])
        items = [(given if n == name else n, v) for n, v in items]
    return items


def aliases(queries: Queries, star: exp.Expr, clause: str) -> list[exp.Alias]:
    """Return the ``this AS name`` of REPLACE or RENAME; the parser takes anything there."""
    found = []
    for item in star.args.get(clause) or ():
        if not isinstance(item, exp.Alias):
            message = f"{clause.upper()} takes something AS name"
            raise queries.session.source.unsupported(message, item)
        found.append(item)
    return found


def columns(queries: Queries, node: exp.Expr, scope: Scope) -> Sequence[Named]:
    """Return the columns that ``*`` or ``alias.*`` stands for."""
    if isinstance(node, exp.Column):
        alias = identifier(node.args["table"])
        for visible in scope.relations:
            if visible.alias == alias:
                return visible.columns
        error = UnknownTable(f'there is no relation "{alias}" in FROM')
        raise queries.session.source.place(error, node)
    if not scope.relations:
        raise queries.session.source.place(TypeProblem("SELECT * needs FROM"), node)
    return scope.star()


def target(queries: Queries, node: exp.Expr, items: Items, clause: str) -> str:
    """Return the name that a modifier names; it has to be one of *items*."""
    if isinstance(node, exp.Column) and node.args.get("table") is None:
        node = node.this
    if not isinstance(node, exp.Identifier):
        raise queries.session.source.unsupported(f"{clause} takes plain column names", node)
    name = identifier(node)
    names = [known for known, _ in items]
    if name not in names:
        error = UnknownColumn(f'{clause}: * has no column "{name}"', hint=closest(name, names))
        raise queries.session.source.place(error, node)
    return name
