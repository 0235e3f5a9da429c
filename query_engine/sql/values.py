"""Binds VALUES: rows written out, as a statement, in FROM or in a CTE."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from query_engine.sql.expressions import Context
from query_engine.sql.relations import OneRow, Project, Relation, Union, Values
from query_engine.sql.scalars import Literal, Scalar
from query_engine.sql.scope import Named, Scope
from query_engine.sql.subqueries import attached

if TYPE_CHECKING:
    from query_engine.sql.queries import Bound, Queries


def bind_values(queries: "Queries", node: exp.Values) -> "Bound":
    """
    Bind ``VALUES (...), (...)``; its columns are ``column1``, ``column2`` and so on.

    Raises:
        SqlError: Rows of different lengths, or values of one column without a common type.
    """
    from query_engine.sql.queries import Bound

    rows = [bound_row(queries, row) for row in node.expressions]
    width = len(rows[0])
    for row, written in zip(rows, node.expressions, strict=True):
        if len(row) != width:
            message = f"the rows of VALUES have {width} and {len(row)} columns"
            raise queries.problem(message, written)
    rows = unified(queries, rows)
    session = queries.session
    names = [f"column{index + 1}" for index in range(width)]
    columns = tuple(
        session.fresh(name, value.dtype) for name, value in zip(names, rows[0], strict=True)
    )
    named = tuple(Named(name, column) for name, column in zip(names, columns, strict=True))
    constants = [[value for value in row if isinstance(value, Literal)] for row in rows]
    if all(len(row) == width for row in constants):
        return Bound(Values(tuple(tuple(row) for row in constants), columns), named)
    return Bound(Union(tuple(computed(queries, row) for row in rows), columns), named)


def bound_row(queries: "Queries", node: exp.Expr) -> list[Scalar]:
    """Bind one row."""
    assert isinstance(node, exp.Tuple), "the parser makes every row a tuple"
    if not node.expressions:
        raise queries.problem("a row of VALUES needs at least one value", node)
    return queries.expressions.bind_all(node.expressions, Context(Scope(), "VALUES"))


def unified(queries: "Queries", rows: Sequence[Sequence[Scalar]]) -> list[list[Scalar]]:
    """Return *rows* with each column brought to one type."""
    make = queries.session.make
    columns = [
        make.unify(column, "a column of VALUES cannot mix", column[0].pos, to_compare=False)
        for column in zip(*rows, strict=True)
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def computed(queries: "Queries", row: Sequence[Scalar]) -> Relation:
    """Return one row whose values are not all constants."""
    relation, values = attached(queries.session, OneRow(), row)
    columns = (queries.session.fresh("column", value.dtype) for value in values)
    return Project(relation, tuple(zip(columns, values, strict=True)))
