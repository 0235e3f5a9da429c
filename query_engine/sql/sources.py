"""Binds FROM: tables, table functions, CTEs, subqueries and the joins between them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from query_engine.sql.catalog import KeyedTable, Schema, Table
from query_engine.sql.errors import SqlError, UnknownTable
from query_engine.sql.queries import Queries, renamed
from query_engine.sql.relations import OneRow, Project, Relation, Scan
from query_engine.sql.schemas import CATALOG_NAME, schema_named
from query_engine.sql.scope import Named, Scope, Visible, identifier
from query_engine.sql.table_functions import bind_table_function
from query_engine.sql.types import TEXT
from query_engine.sql.unnest import first_in_from, is_unnesting


@dataclass(frozen=True, slots=True)
class From:
    """A bound FROM item: its rows and the names that they go by."""

    relation: Relation
    scope: Scope


def bind_from(queries: Queries, select: exp.Select) -> tuple[Relation, Scope]:
    """Return what a SELECT reads, and its scope."""
    from query_engine.sql.joining import bind_join

    clause = select.args.get("from_")
    if clause is None:
        if select.args.get("joins"):
            raise queries.problem("JOIN needs FROM", select)
        return OneRow(), Scope(outer=queries.outer)
    source = bind_item(queries, clause.this)
    for join in select.args.get("joins") or ():
        source = bind_join(queries, source, join)
    scope = source.scope
    return source.relation, Scope(scope.relations, scope.merged, queries.outer)


def bind_item(queries: Queries, node: exp.Expr) -> From:
    """Bind one item of FROM with the joins that belong to it."""
    from query_engine.sql.joining import bind_join

    queries.session.count_relation(node)
    if is_unnesting(node):
        relation, columns, alias = first_in_from(queries, node)
        bound = From(relation, Scope((Visible(alias, tuple(columns)),)))
    elif isinstance(node, exp.Table):
        bound = bind_table(queries, node)
    elif isinstance(node, exp.Subquery):
        bound = bind_subquery(queries, node)
    elif isinstance(node, exp.Values):
        rows = queries.query(node)
        bound = visible_as(queries, (rows.relation, rows.columns), "", node)
    elif isinstance(node, exp.Lateral):
        bound = bind_item(queries, lateral_item(queries, node))
    else:
        raise queries.session.source.unsupported(f"{node.key.upper()} in FROM", node)
    for join in node.args.get("joins") or ():
        bound = bind_join(queries, bound, join)
    return bound


def bind_table(queries: Queries, node: exp.Table) -> From:
    """Bind a name or a table function."""
    session, db = queries.session, node.args.get("db")
    schema = schema_of(queries, node)
    if isinstance(node.this, exp.Anonymous):
        name, found = bind_table_function(queries, node.this)
        rows = found if isinstance(found, tuple) else scan(queries, found)
        return visible_as(queries, rows, name, node)
    if not isinstance(node.this, exp.Identifier):
        raise session.source.unsupported(f"{node.this.key.upper()} in FROM is not supported", node)
    name = identifier(node.this)
    cte = queries.ctes.get(name) if db is None else None
    if cte is not None:
        items = tuple(
            (session.fresh(item.name, item.column.dtype), item.column) for item in cte.columns
        )
        named = [Named(n.name, c) for n, (c, _) in zip(cte.columns, items, strict=True)]
        return visible_as(queries, (Project(cte.relation, items), named), name, node)
    try:
        table = schema.table(name)
    except SqlError as error:
        raise session.source.place(error, node.this) from None
    return visible_as(queries, scan(queries, table), name, node)


def schema_of(queries: Queries, node: exp.Table) -> Schema:
    """Return the schema that stands before a table's name, or the public one."""
    session, db, catalog = queries.session, node.args.get("db"), node.args.get("catalog")
    if catalog is not None and identifier(catalog) != CATALOG_NAME:
        error = UnknownTable(
            f'there is no catalog "{identifier(catalog)}"', hint=f"tables are in {CATALOG_NAME}"
        )
        raise session.source.place(error, catalog)
    try:
        return schema_named(session.catalog, None if db is None else identifier(db))
    except SqlError as error:
        assert db is not None, "there is a public schema"
        error.hint = f'{error.hint}; dots in names are quoted: "{db.name}.{node.name}"'
        raise session.source.place(error, db) from None


def scan(queries: Queries, table: Table) -> tuple[Relation, list[Named]]:
    """Return a scan of *table* and its named columns; columns of map keys have no name."""
    names = tuple(table.schema)
    columns = tuple(queries.session.fresh(name, table.schema[name]) for name in names)
    named = [Named(name, column) for name, column in zip(names, columns, strict=True)]
    keyed = table.key_columns if isinstance(table, KeyedTable) else {}
    ids = {item.name: item.column.id for item in named}
    hidden = {key: queries.session.fresh(name, TEXT) for key, name in keyed.items()}
    places = {(ids[key.column], key.key, key.any_case): hidden[key] for key in keyed}
    everything = (*columns, *hidden.values())
    return Scan(table, (*names, *keyed.values()), everything, places), named


def bind_subquery(queries: Queries, node: exp.Subquery) -> From:
    """Bind a subquery in FROM, or a join in parentheses."""
    if isinstance(node.this, exp.Query | exp.Values):
        bound = queries.query(node_without_alias(node))
        return visible_as(queries, (bound.relation, list(bound.columns)), "", node)
    inner = bind_item(queries, node.this)
    if node.args.get("alias") is None:
        return inner
    return visible_as(queries, (inner.relation, inner.scope.star()), "", node)


def lateral_item(queries: Queries, node: exp.Lateral) -> exp.Expr:
    """Return what stands after LATERAL as an item of its own."""
    item = node.this.copy() if isinstance(node.this, exp.Subquery) else exp.Table(this=node.this)
    if not isinstance(node.this, exp.Subquery | exp.Anonymous):
        raise queries.session.source.unsupported("LATERAL takes a subquery", node)
    item.set("alias", node.args.get("alias"))
    return item


def node_without_alias(node: exp.Subquery) -> exp.Expr:
    """Return what is inside the parentheses; the parentheses themselves if they have clauses."""
    clauses = ("order", "limit", "offset", "with_")
    inner: exp.Expr = node if any(node.args.get(name) for name in clauses) else node.this
    return inner


def visible_as(
    queries: Queries, bound: tuple[Relation, Sequence[Named]], name: str, node: exp.Expr
) -> From:
    """Return a relation under its alias, or its own name."""
    relation, columns = bound
    alias = node.args.get("alias")
    named = tuple(columns)
    if alias is not None:
        if alias.this is None:
            raise queries.session.source.unsupported(
                "a list of column names needs an alias before it", alias
            )
        named = renamed(queries.session, named, alias)
        name = identifier(alias.this)
    return From(relation, Scope((Visible(name, named),), outer=queries.outer))
