"""How what handles rows one by one is freed of what it reads from around its subquery."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from query_engine.sql.correlation import substituted
from query_engine.sql.joins import placed
from query_engine.sql.operators import Operators
from query_engine.sql.relations import (
    AttachValue,
    Filter,
    OneRow,
    Project,
    Unnest,
)
from query_engine.sql.scalars import (
    ColumnRef,
    Scalar,
    columns_in,
    conjuncts,
    walk,
)
from query_engine.sql.unnesting import Unnested, Unnesting

Items = tuple[tuple[ColumnRef, Scalar], ...]


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


def unnested(work: Unnesting, node: Unnest) -> Unnested:
    """The arrays may be of the outside; the rows of the inside go on beside their elements."""
    done = work.unnested(node.input)
    wanted = work.correlation.among([array for _, array in node.arrays])
    known: Mapping[str, Scalar] = {}
    if wanted:
        done, known = work.bound(done, wanted)
    done = work.filled(done)
    arrays = tuple((column, substituted(array, known)) for column, array in node.arrays)
    relation = replace(node, input=done.relation, arrays=arrays)
    return replace(done, relation=relation, single=False)


def attached(work: Unnesting, node: AttachValue) -> Unnested:
    """The value is the same for all; only what it is attached to depends on the outside."""
    if work.correlation.touches(node.subquery):
        raise work.refusal("this subquery in a correlated subquery")
    done = work.filled(work.unnested(node.input))
    return replace(done, relation=AttachValue(done.relation, node.subquery, node.column))
