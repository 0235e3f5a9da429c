"""
Binds recursive CTEs: rows of an anchor, then again and again rows made of the last ones.

The anchor fixes the columns and their types. In the part after UNION the CTE's own name means the
rows that the step before added; with UNION (not ALL) rows that were there already are not added.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlglot import exp

from query_engine.sql.positions import offset_of
from query_engine.sql.relations import Project, Recursive, WorkingTable
from query_engine.sql.scalars import ColumnRef, Scalar
from query_engine.sql.scope import Named, identifier
from query_engine.sql.types import common_type, is_null, shown

if TYPE_CHECKING:
    from query_engine.sql.queries import Bound, Queries


def names_itself(cte: exp.CTE) -> bool:
    """Tell whether a CTE reads its own name."""
    return named_in(cte.this, identifier(cte.args["alias"].this))


def named_in(node: exp.Expr, name: str) -> bool:
    """Tell whether *node* reads a table called *name*, where no other CTE hides that name."""
    return any(identifier(table.this) == name for table in tables(node, name))


def tables(node: exp.Expr, name: str) -> Iterator[exp.Table]:
    """Yield the tables that *node* reads, but not in queries with a CTE of that name."""
    clause = node.args.get("with_")
    if clause is not None:
        for cte in clause.expressions:
            yield from tables(cte.this, name)
            if identifier(cte.args["alias"].this) == name:
                return
    named = isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier)
    if isinstance(node, exp.Table) and named and node.args.get("db") is None:
        yield node
    for key, value in node.args.items():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, exp.Expr) and key != "with_":
                yield from tables(child, name)


def bind_recursive(queries: "Queries", cte: exp.CTE) -> "Bound":
    """
    Bind a CTE that reads its own name.

    Raises:
        SqlError: It is no anchor and step joined by UNION, or their columns differ; placed.
    """
    from query_engine.sql.queries import Bound, renamed

    union, alias, session = cte.this, cte.args["alias"], queries.session
    name = identifier(alias.this)
    plain = isinstance(union, exp.Union) and not union.args.get("by_name")
    if not plain or named_in(union.this, name):
        message = f'the recursive CTE "{name}" is an anchor, UNION or UNION ALL, and one step'
        raise session.source.unsupported(message, cte, hint="name the CTE after UNION only")
    inside = queries.with_ctes(union.args.get("with_"))
    anchor = inside.query(union.this)
    named = renamed(session, anchor.columns, alias)
    columns = tuple(session.fresh(item.name, item.column.dtype) for item in named)
    for item in named:
        if is_null(item.column.dtype):
            message = f'the anchor has to tell the type of "{item.name}"'
            hint = f"write CAST(NULL AS type) AS {item.name}"
            raise session.make.problem(message, offset_of(union.this), hint=hint)
    given = tuple(session.fresh(item.name, item.column.dtype) for item in named)
    table = WorkingTable(uuid4().hex, given)
    own = tuple(Named(item.name, column) for item, column in zip(named, given, strict=True))
    step = replace(inside, ctes={**inside.ctes, name: Bound(table, own)}).query(union.expression)
    first = Project(
        anchor.relation,
        tuple((session.fresh(n.name, n.column.dtype), n.column) for n in anchor.columns),
    )
    following = like_anchor(queries, step, named, union)
    distinct = bool(union.args.get("distinct"))
    relation = Recursive(first, following, columns, table.token, distinct=distinct)
    result = tuple(Named(n.name, column) for n, column in zip(named, columns, strict=True))
    return queries.modified(Bound(relation, result), union)


def like_anchor(
    queries: "Queries", step: "Bound", anchor: tuple[Named, ...], node: exp.Expr
) -> Project:
    """Return the columns of a step in the types of the anchor's."""
    session = queries.session
    if len(step.columns) != len(anchor):
        message = f"the anchor has {len(anchor)} columns, the step {len(step.columns)}"
        raise queries.problem(message, node.expression)
    items: list[tuple[ColumnRef, Scalar]] = []
    for ours, theirs in zip(anchor, step.columns, strict=True):
        wanted, given = ours.column.dtype, theirs.column.dtype
        whole = wanted.is_integer() and given.is_integer()
        if not whole and common_type(wanted, given) != wanted:
            message = f'"{ours.name}" is {shown(wanted)} in the anchor and {shown(given)} after it'
            hint = "CAST it in the anchor"
            raise session.make.problem(message, offset_of(node.expression), hint=hint)
        value = session.make.cast(theirs.column, wanted)
        items.append((session.fresh(ours.name, wanted), value))
    return Project(step.relation, tuple(items))
