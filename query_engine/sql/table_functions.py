"""Binds functions in FROM: those that make rows of values, and those that the catalog opens."""

from sqlglot import exp

from query_engine.functions.interval import Interval
from query_engine.functions.table_function import RowFunction
from query_engine.functions.tables.catalog import ROWS_BY_NAME
from query_engine.sql.arguments import converted
from query_engine.sql.catalog import UNKNOWN, Table
from query_engine.sql.errors import SqlError
from query_engine.sql.expressions import Context
from query_engine.sql.positions import offset_of
from query_engine.sql.queries import Queries
from query_engine.sql.relations import OneRow, Project, Relation, TableCall
from query_engine.sql.scalars import Literal, Scalar
from query_engine.sql.scope import Named, Scope
from query_engine.sql.subqueries import attached

Rows = tuple[Relation, list[Named]]


def bind_table_function(queries: Queries, node: exp.Anonymous) -> tuple[str, Rows | Table]:
    """
    Return the name of a function in FROM, and its rows or the table that it opens.

    Raises:
        SqlError: There is no such function, or an argument is wrong; placed.
    """
    name = (node.this if isinstance(node.this, str) else str(node.this.this)).lower()
    function = ROWS_BY_NAME.get(name)
    if function is not None:
        return name, rows_of_values(queries, function, node)
    values = [constant(queries, name, item) for item in node.expressions]
    try:
        return name, queries.session.catalog.table_function(name, values)
    except SqlError as error:
        raise queries.session.source.place(error, node) from None


def rows_of_values(queries: Queries, function: RowFunction, node: exp.Anonymous) -> Rows:
    """Bind a function of values; of a subquery as its only argument it takes every row."""
    session, items = queries.session, node.expressions
    source: Relation
    args: list[Scalar]
    if len(items) == 1 and isinstance(items[0], exp.Subquery):
        source, _ = queries.subquery(items[0], Context(Scope(), "FROM"))
        if len(source.columns) != 1:
            message = f"the subquery of {function.name} has one column, not {len(source.columns)}"
            raise session.make.problem(message, offset_of(items[0]))
        args = list(source.columns)
    else:
        context = Context(Scope(), f"the arguments of {function.name}")
        source, args = attached(session, OneRow(), queries.expressions.bind_all(items, context))
    values = converted(session.make, function, args, offset_of(node))
    columns = tuple(session.fresh(name, dtype) for name, dtype in function.schema.items())
    named = [Named(name, column) for name, column in zip(function.schema, columns, strict=True)]
    return TableCall(source, function, tuple(values), columns), named


def constant(queries: Queries, name: str, node: exp.Expr) -> object:
    """
    Return the value of an argument that has to be known before the query is planned.

    A subquery is run at once, over the same snapshots that the rest of the query will read. A
    parameter without its value, as in a statement that is being prepared, is UNKNOWN.
    """
    session = queries.session
    value = queries.expressions.bind(node, Context(Scope(), f"the arguments of {name}"))
    if isinstance(value, Literal):
        if session.parameters.awaits(value):
            return UNKNOWN
        return value.value.ns if isinstance(value.value, Interval) else value.value
    if session.evaluate is None:
        return UNKNOWN
    source, (computed,) = attached(session, OneRow(), [value])
    column = session.fresh("argument", value.dtype)
    try:
        answer = session.evaluate(Project(source, ((column, computed),)))
    except SqlError as error:
        raise session.source.place(error, node) from None
    return answer.to_physical().item() if value.dtype.is_temporal() else answer.item()
