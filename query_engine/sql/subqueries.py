"""
Subqueries in expressions become joins, or columns of the relation that the expression reads.

A subquery that names nothing outside itself is computed once; any other is unnested first.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl

from query_engine.functions.function import Argument
from query_engine.sql.correlation import substituted
from query_engine.sql.decorrelate import unnesting
from query_engine.sql.decorrelate_rows import keyed
from query_engine.sql.joins import joined_on, placed
from query_engine.sql.membership import any_row, any_row_value, unordered
from query_engine.sql.partners import called
from query_engine.sql.relations import Aggregate, AttachValue, Filter, OneRow, Project, Relation
from query_engine.sql.scalars import (
    AnyRow,
    Call,
    Literal,
    Scalar,
    SubqueryValue,
    conjuncts,
    rewrite,
    walk,
)
from query_engine.sql.session import Session
from query_engine.sql.types import BOOLEAN, INT64
from query_engine.sql.unnesting import Unnested, Unnesting


def attached(
    session: Session, relation: Relation, values: Sequence[Scalar]
) -> tuple[Relation, list[Scalar]]:
    """Return *relation* with a column for each subquery in *values*, and *values* reading them."""
    if not any(has_subquery(value) for value in values):
        return relation, list(values)
    wide = relation
    known: dict[Scalar, Scalar] = {}

    def attach(node: Scalar) -> Scalar | None:
        nonlocal wide
        if not isinstance(node, SubqueryValue | AnyRow):
            return None
        if node not in known:
            given = rewritten_parameters(node, attach)
            if isinstance(given, SubqueryValue):
                wide, known[node] = value_attached(session, wide, given)
            else:
                wide, known[node] = any_row_value(session, wide, given)
        return known[node]

    rewritten = [rewrite(value, attach) for value in values]
    return wide, rewritten


def filtered(session: Session, relation: Relation, predicate: Scalar) -> Relation:
    """Return the rows of *relation* for which *predicate* is true."""
    plain: list[Scalar] = []
    questions: list[tuple[AnyRow, bool]] = []
    others: list[Scalar] = []
    for part in conjuncts(predicate):
        negated = isinstance(part, Call) and part.name == "not"
        inner = part.args[0] if isinstance(part, Call) and negated else part
        if not has_subquery(part):
            plain.append(part)
        elif isinstance(inner, AnyRow):
            questions.append((inner, negated))
        else:
            others.append(part)
    relation = placed(relation, plain)
    for question, negate in questions:
        values = [value for _, value in question.parameters]
        relation, values = attached(session, relation, values)
        columns = [column for column, _ in question.parameters]
        given = tuple(zip(columns, values, strict=True))
        asked = replace(question, parameters=given)
        relation = any_row(session, relation, asked, negate=negate)
    wide, values = attached(session, relation, others)
    for value in values:
        wide = Filter(wide, value)
    return wide


def has_subquery(value: Scalar) -> bool:
    """Tell whether a subquery stands in *value*."""
    return any(isinstance(part, SubqueryValue | AnyRow) for part in walk(value))


def value_attached(
    session: Session, relation: Relation, node: SubqueryValue
) -> tuple[Relation, Scalar]:
    """Return *relation* with the value of a subquery for each of its rows, and that value."""
    inside = unordered(node.relation)
    work = unnesting(session, relation, node.parameters)
    if not work.correlation.touches(inside):
        column = session.fresh("subquery", node.dtype, node.pos)
        return AttachValue(relation, inside, column), column
    outside = {column.id: value for column, value in node.parameters}
    computed = computed_here(inside)
    if computed is not None:
        return relation, substituted(computed, outside)
    done = work.unnested(inside)
    value: Scalar = inside.columns[0]
    if not done.single:
        done, value = only_row(work, done, value)
    elif done.empty is not None:
        marked, found = work.marked(done.relation)
        value = work.chosen(found, value, done.empty[inside.columns[0].id])
        done = Unnested(marked, done.conditions, single=True)
    parts = [substituted(condition, outside) for condition in done.conditions]
    return joined_on(relation, done.relation, "left", parts), value


def computed_here(relation: Relation) -> Scalar | None:
    """Return the expression that a subquery of nothing but an expression is; None otherwise."""
    if not isinstance(relation, Project):
        return None
    if isinstance(relation.input, OneRow):
        return relation.items[0][1]
    if not isinstance(relation.input, Project):
        return None
    inner = relation.input
    if not isinstance(inner.input, OneRow):
        return None
    known = {column.id: value for column, value in inner.items}
    return substituted(relation.items[0][1], known)


def only_row(work: Unnesting, done: Unnested, value: Scalar) -> tuple[Unnested, Scalar]:
    """Return *done* with one row for each value of the outside, which fails if there were more."""
    done, _ = work.carried(done, ())
    extra, conditions = keyed(work, done.conditions)
    count, first = work.session.fresh("rows", INT64), work.session.fresh("value", value.dtype)
    calls = (
        (count, called("count", Literal(True, BOOLEAN), INT64)),
        (first, called("first_value", value, value.dtype)),
    )
    grouped = Aggregate(done.relation, extra, calls)
    only = Call("the only row", (count, first), value.dtype, the_only, value.pos, the_only_if_any)
    return Unnested(grouped, conditions, single=True), only


def the_only(rows: Argument, value: Argument) -> pl.Expr:
    """Build the value of a group of one row; more rows end the query."""
    single = rows.expr.map_batches(one_row_each, return_dtype=pl.Boolean(), is_elementwise=True)
    return pl.when(single).then(value.expr)


def the_only_if_any(rows: Argument, value: Argument) -> pl.Expr:
    """Build the same where no row of the result may need it: NULL where there are more rows."""
    return pl.when(rows.expr == 1).then(value.expr)


def one_row_each(rows: pl.Series) -> pl.Series:
    """
    Return which groups have a row.

    Raises:
        ComputeError: One has several.
    """
    if (rows > 1).any():
        raise pl.exceptions.ComputeError("a subquery that stands for one value has several rows")
    return rows == 1


def rewritten_parameters(
    node: SubqueryValue | AnyRow, change: Callable[[Scalar], Scalar | None]
) -> SubqueryValue | AnyRow:
    """Return *node* with the values of its parameters rewritten."""
    given = tuple((column, rewrite(value, change)) for column, value in node.parameters)
    return replace(node, parameters=given)
