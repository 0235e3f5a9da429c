"""Binds LATERAL: a subquery in FROM that sees what stands left of it, joined row by row."""

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from query_engine.sql.correlation import substituted
from query_engine.sql.decorrelate import unnesting
from query_engine.sql.joins import joined_on
from query_engine.sql.membership import unordered
from query_engine.sql.queries import Bound, Queries
from query_engine.sql.relations import JoinKind, OneRow, Project, Relation
from query_engine.sql.scalars import ColumnRef, Parameters, Scalar
from query_engine.sql.scope import Enclosing, Scope
from query_engine.sql.session import Session


def bind_lateral(queries: Queries, scope: Scope, query: exp.Expr) -> tuple[Bound, Parameters]:
    """Return a subquery that may name what is in *scope*, and what it takes from there."""
    around = Enclosing(scope, queries.session.outer_column, "FROM", aggregates=False)
    bound = replace(queries, outer=around).query(query)
    return bound, around.parameters


def joined_laterally(
    session: Session,
    left: Relation,
    right: tuple[Relation, Parameters],
    kind: JoinKind,
    parts: Sequence[Scalar],
) -> Relation:
    """Return each row of *left* with the rows that *right* has for it and for which ON holds."""
    inside, parameters = unordered(right[0]), right[1]
    outside = {column.id: value for column, value in parameters}
    if isinstance(inside, Project) and isinstance(inside.input, OneRow) and not parts:
        kept: list[tuple[ColumnRef, Scalar]] = [(column, column) for column in left.columns]
        added = [(column, substituted(value, outside)) for column, value in inside.items]
        return Project(left, (*kept, *added))
    work = unnesting(session, left, parameters)
    done = work.unnested(inside)
    if done.empty is not None and parts:
        done = work.filled(done)
    conditions = [substituted(condition, outside) for condition in done.conditions]
    if done.empty is None:
        return joined_on(left, done.relation, kind, [*conditions, *parts])
    marked, found = work.marked(done.relation)
    rows = joined_on(left, marked, "left", conditions)
    kept = [(column, column) for column in left.columns]
    values = ((c, work.chosen(found, c, done.empty[c.id])) for c in inside.columns)
    return Project(rows, (*kept, *values))
