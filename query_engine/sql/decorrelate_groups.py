"""
How what handles several rows at once is freed of what it reads from around its subquery.

Groups, windows and limits are then those of each value of the outside.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from query_engine.sql.coercion import python_value
from query_engine.sql.correlation import expressions_in, substituted
from query_engine.sql.decorrelate_rows import keyed, projection
from query_engine.sql.lower_aggregates import aggregate_expression
from query_engine.sql.relations import (
    Aggregate,
    Distinct,
    Limit,
    LimitEach,
    Project,
    Relation,
    Sort,
    Window,
)
from query_engine.sql.scalars import (
    AggregateCall,
    ColumnRef,
    Literal,
    Scalar,
    WindowCall,
)
from query_engine.sql.unnesting import Unnested, Unnesting


def aggregated(work: Unnesting, node: Aggregate) -> Unnested:
    """Groups are made for each value of the outside, too; without any there is still one row."""
    wanted = work.correlation.among(expressions_in(node))
    done, known = work.carried(work.unnested(node.input), wanted)
    keys = tuple((column, substituted(value, known)) for column, value in node.keys)
    calls: list[tuple[ColumnRef, AggregateCall]] = []
    for column, call in node.aggregates:
        changed = substituted(call, known)
        assert isinstance(changed, AggregateCall), "only its columns change"
        calls.append((column, changed))
    extra, conditions = keyed(work, done.conditions)
    relation = Aggregate(done.relation, (*keys, *extra), tuple(calls))
    if node.keys or not conditions:
        return Unnested(relation, conditions, single=not node.keys)
    empty = {column.id: value_of_nothing(work, done.relation, call) for column, call in calls}
    return Unnested(relation, conditions, empty, single=True)


def value_of_nothing(work: Unnesting, relation: Relation, call: AggregateCall) -> Literal:
    """Return what an aggregate yields for no rows at all."""
    schema = {column.id: column.dtype for column in relation.columns}
    series = pl.DataFrame(schema=schema).select(aggregate_expression(call)).to_series()
    if series.dtype.is_nested() and series[0] is not None:
        raise work.refusal(f"{call.function.name} in a correlated subquery")
    return Literal(python_value(series), call.dtype, call.pos)


def ordered(work: Unnesting, node: Sort, also: Sequence[Scalar] = ()) -> Unnested:
    """Nothing is joined above a sort, where order would be lost: what *also* needs is there."""
    wanted = work.correlation.among([*expressions_in(node), *also])
    done, known = work.carried(work.unnested(node.input), wanted)
    keys = tuple(replace(key, value=substituted(key.value, known)) for key in node.keys)
    return replace(done, relation=Sort(done.relation, keys))


def limited(work: Unnesting, node: Limit) -> Unnested:
    """A limit holds for each value of the outside."""
    chain: list[Project] = []
    below = node.input
    while isinstance(below, Project):
        chain.append(below)
        below = below.input
    if isinstance(below, Sort):
        also = [value for project in chain for _, value in project.items]
        done = ordered(work, below, also)
        for project in reversed(chain):
            done = projection(work, project, done)
    else:
        done, _ = work.carried(work.unnested(node.input), ())
    extra, conditions = keyed(work, done.conditions)
    kept = tuple((column, column) for column in done.relation.columns)
    by = tuple(column for column, _ in extra)
    relation: Relation = Project(done.relation, (*kept, *extra)) if extra else done.relation
    if by:
        relation = LimitEach(relation, by, node.count, node.offset)
    else:
        relation = Limit(relation, node.count, node.offset)
    single = done.single or (node.count is not None and node.count <= 1)
    return Unnested(relation, conditions, single=single)


def limited_each(work: Unnesting, node: LimitEach) -> Unnested:
    """A limit for each of several things is one for each of those and each outside value."""
    done = limited(work, Limit(node.input, node.count, node.offset))
    relation = done.relation
    own = relation.by if isinstance(relation, LimitEach) else ()
    assert isinstance(relation, LimitEach | Limit), "that is what limited makes"
    each = LimitEach(relation.input, (*node.by, *own), node.count, node.offset)
    return replace(done, relation=each, single=False)


def distinct(work: Unnesting, node: Distinct) -> Unnested:
    """Rows are distinct for each value of the outside."""
    done, _ = work.carried(work.unnested(node.input), ())
    extra, conditions = keyed(work, done.conditions)
    kept = tuple((column, column) for column in node.columns)
    relation = Distinct(Project(done.relation, (*kept, *extra)))
    return Unnested(relation, conditions, single=done.single)


def windowed(work: Unnesting, node: Window) -> Unnested:
    """Windows are of rows that belong to the same values of the outside."""
    wanted = work.correlation.among(expressions_in(node))
    done, known = work.carried(work.unnested(node.input), wanted)
    extra, conditions = keyed(work, done.conditions)
    given = {name: work.session.fresh("value", known[name].dtype) for name in sorted(wanted)}
    kept = [(column, column) for column in done.relation.columns]
    values = [(column, known[name]) for name, column in given.items()]
    relation = Project(done.relation, (*kept, *extra, *values))
    by = tuple(column for column, _ in extra)
    calls: list[tuple[ColumnRef, WindowCall]] = []
    for column, call in node.calls:
        changed = substituted(call, given)
        assert isinstance(changed, WindowCall), "only its columns change"
        calls.append((column, replace(changed, partition=(*changed.partition, *by))))
    return Unnested(Window(relation, tuple(calls)), conditions, single=done.single)
