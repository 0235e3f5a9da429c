"""
How each kind of relation is freed of what it reads from around its subquery.

A rule answers with the relation and the conditions that are left to test: see ``Unnested``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from query_engine.sql.coercion import python_value
from query_engine.sql.correlation import expressions_in, substituted
from query_engine.sql.joins import joined_on, placed
from query_engine.sql.lower_aggregates import aggregate_expression
from query_engine.sql.operators import Operators
from query_engine.sql.relations import (
    ONE_SIDED,
    Aggregate,
    AttachValue,
    Distinct,
    Filter,
    Join,
    Limit,
    LimitEach,
    OneRow,
    Project,
    Relation,
    SetOperation,
    Sort,
    Union,
    Window,
)
from query_engine.sql.scalars import (
    AggregateCall,
    ColumnRef,
    Literal,
    Parameters,
    Scalar,
    WindowCall,
    columns_in,
    conjuncts,
    walk,
)
from query_engine.sql.session import Session
from query_engine.sql.unnesting import Rule, Unnested, Unnesting

Items = tuple[tuple[ColumnRef, Scalar], ...]


def unnesting(session: Session, outside: Relation, parameters: Parameters) -> Unnesting:
    """Return what unnests a subquery whose parameters are computed over *outside*."""
    return Unnesting(session, outside, parameters, RULES)


def one_row(_work: Unnesting, node: OneRow) -> Unnested:
    """One row reads nothing."""
    return Unnested(node, single=True)


def filtered(work: Unnesting, node: Filter) -> Unnested:
    """Conditions on the outside are what is carried up."""
    done = work.filled(work.unnested(node.input))
    here: list[Scalar] = []
    carried: list[Scalar] = []
    for part in conjuncts(node.predicate):
        (carried if work.correlation.among([part]) else here).append(part)
    relation = placed(done.relation, here)
    return replace(done, relation=relation, conditions=(*done.conditions, *carried))


def projected(work: Unnesting, node: Project) -> Unnested:
    """Columns that conditions still need stay beside the computed ones."""
    return projection(work, node, work.unnested(node.input))


def projection(work: Unnesting, node: Project, done: Unnested) -> Unnested:
    """Return the projection of what *done* yields."""
    wanted = work.correlation.among([value for _, value in node.items])
    known: Mapping[str, Scalar] = {}
    if wanted:
        done, known = work.bound(done, wanted)
    items = tuple((column, substituted(value, known)) for column, value in node.items)
    extra, conditions = beside(work, done.conditions)
    empty = done.empty
    if empty is not None:
        empty = {column.id: work.evaluated(value, empty) for column, value in items}
    return Unnested(Project(done.relation, (*items, *extra)), conditions, empty, done.single)


def beside(work: Unnesting, conditions: Sequence[Scalar]) -> tuple[Items, tuple[Scalar, ...]]:
    """Return new columns for those that *conditions* read inside, and conditions over them."""
    fresh: dict[str, Scalar] = {}
    items: list[tuple[ColumnRef, Scalar]] = []
    for condition in conditions:
        for part in walk(condition):
            if not isinstance(part, ColumnRef) or part.id in fresh:
                continue
            if part.id not in work.correlation.parameters:
                column = work.renewed(part)
                fresh[part.id] = column
                items.append((column, part))
    return tuple(items), tuple(substituted(condition, fresh) for condition in conditions)


def keyed(work: Unnesting, conditions: Sequence[Scalar]) -> tuple[Items, tuple[Scalar, ...]]:
    """Return a new column for the inside of each condition, and conditions over those."""
    operators = Operators(work.session.make)
    items: list[tuple[ColumnRef, Scalar]] = []
    changed: list[Scalar] = []
    for condition in conditions:
        sides = work.correlation.sides(condition)
        if sides is None or not columns_in(sides[1]):
            changed.append(condition)
            continue
        outside, inside = sides
        column = work.session.fresh("key", inside.dtype, inside.pos)
        items.append((column, inside))
        name = getattr(condition, "name", "=")
        if name == "=":
            changed.append(operators.compare("=", outside, column, condition.pos))
        else:
            changed.append(operators.distinct(outside, column, condition.pos, negate=True))
    return tuple(items), tuple(changed)


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


def joined(work: Unnesting, node: Join) -> Unnested:
    """Conditions pass an inner join; elsewhere the kept side has to know the outside's values."""
    if node.kind == "right":
        mirrored = replace(
            node,
            left=node.right,
            right=node.left,
            kind="left",
            keys=tuple((right, left) for left, right in node.keys),
        )
        return joined(work, mirrored)
    left, right = work.unnested(node.left), work.unnested(node.right)
    parts = conditions_of(work, node)
    own = [part for part in parts if not work.correlation.among([part])]
    if node.kind in {"inner", "cross"}:
        left, right = work.filled(left), work.filled(right)
        relation = joined_on(left.relation, right.relation, "inner", own)
        carried = [part for part in parts if work.correlation.among([part])]
        conditions = (*left.conditions, *right.conditions, *carried)
        return Unnested(relation, conditions, single=left.single and right.single)
    if node.kind == "full":
        return fully_joined(work, node, parts)
    right = work.filled(right)
    left = work.filled(left)
    parts.extend(right.conditions)
    wanted = work.correlation.among(parts)
    known: Mapping[str, Scalar] = {}
    if wanted:
        left, known = work.bound(left, wanted)
    parts = [substituted(part, known) for part in parts]
    single = left.single and (right.single or node.kind in ONE_SIDED)
    relation = joined_on(left.relation, right.relation, node.kind, parts, node.mark)
    return Unnested(relation, left.conditions, single=single)


def fully_joined(work: Unnesting, node: Join, parts: Sequence[Scalar]) -> Unnested:
    """Both sides of a FULL JOIN know the outside's values, and only meet for the same ones."""
    left, right = work.unnested(node.left), work.unnested(node.right)
    wanted = sorted(work.correlation.among([*parts, *left.conditions, *right.conditions]))
    operators = Operators(work.session.make)
    left_relation, left_values = work.closed(left, wanted)
    right_relation, right_values = work.closed(right, wanted)
    inner = [substituted(part, dict(zip(wanted, left_values, strict=True))) for part in parts]
    pairs = list(zip(left_values, right_values, strict=True))
    same = [operators.distinct(a, b, a.pos, negate=True) for a, b in pairs]
    relation = joined_on(left_relation, right_relation, "full", [*same, *inner])
    conditions = tuple(
        work.same(name, operators.first_known(pair, pair[0].pos))
        for name, pair in zip(wanted, pairs, strict=True)
    )
    return Unnested(relation, conditions)


def conditions_of(work: Unnesting, node: Join) -> list[Scalar]:
    """Return the keys of a join as conditions, and the rest of its condition."""
    operators = Operators(work.session.make)
    parts: list[Scalar] = []
    for left, right in node.keys:
        if node.nulls_equal:
            parts.append(operators.distinct(left, right, left.pos, negate=True))
        else:
            parts.append(operators.compare("=", left, right, left.pos))
    return parts if node.residual is None else [*parts, *conjuncts(node.residual)]


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


def united(work: Unnesting, node: Union) -> Unnested:
    """Every branch knows the values of everything that any of them reads."""
    inputs, columns, conditions = branches(work, node.inputs)
    return Unnested(Union(tuple(inputs), (*node.columns, *columns)), conditions)


def set_operation(work: Unnesting, node: SetOperation) -> Unnested:
    """Rows are compared together with the values of the outside."""
    inputs, columns, conditions = branches(work, (node.left, node.right))
    left, right = inputs
    changed = replace(node, left=left, right=right, columns=(*node.columns, *columns))
    return Unnested(changed, conditions)


def branches(
    work: Unnesting, nodes: Sequence[Relation]
) -> tuple[list[Relation], list[ColumnRef], tuple[Scalar, ...]]:
    """Return *nodes* with the values that any of them reads, and the columns of their union."""
    parts = [work.unnested(child) for child in nodes]
    wanted = sorted(work.correlation.among([c for part in parts for c in part.conditions]))
    inputs: list[Relation] = []
    for child, part in zip(nodes, parts, strict=True):
        relation, values = work.closed(part, wanted)
        extra = [work.session.fresh("value", value.dtype) for value in values]
        kept = tuple((column, column) for column in child.columns)
        inputs.append(Project(relation, (*kept, *zip(extra, values, strict=True))))
    columns = [work.session.fresh("value", work.correlation.parameters[n].dtype) for n in wanted]
    conditions = tuple(work.same(n, column) for n, column in zip(wanted, columns, strict=True))
    return inputs, columns, conditions


def attached(work: Unnesting, node: AttachValue) -> Unnested:
    """The value is the same for all; only what it is attached to depends on the outside."""
    if work.correlation.touches(node.subquery):
        raise work.refusal("this subquery in a correlated subquery")
    done = work.filled(work.unnested(node.input))
    return replace(done, relation=AttachValue(done.relation, node.subquery, node.column))


RULES: Mapping[type, Rule] = {
    OneRow: one_row,
    Filter: filtered,
    Project: projected,
    Aggregate: aggregated,
    Join: joined,
    Window: windowed,
    Sort: ordered,
    Limit: limited,
    LimitEach: limited_each,
    Distinct: distinct,
    Union: united,
    SetOperation: set_operation,
    AttachValue: attached,
}
"""The rule of each kind of relation; one that is missing is refused in correlated subqueries."""
