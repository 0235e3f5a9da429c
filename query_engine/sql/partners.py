"""
Semi joins: which rows of one relation have a partner in another.

A partner that only has to be greater, less or different is found without looking at pairs: the
greatest and the least value of each group of candidates decide.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from query_engine.functions.catalog import AGGREGATES_BY_NAME
from query_engine.sql.joins import ids, joined_on, sides
from query_engine.sql.operators import MIRRORED, Operators
from query_engine.sql.relations import Aggregate, Filter, Join, JoinKind, Project, Relation
from query_engine.sql.scalars import AggregateCall, Call, ColumnRef, Literal, Scalar
from query_engine.sql.session import Session
from query_engine.sql.types import is_text

DECISIVE: Mapping[str, tuple[str, ...]] = {
    "<": ("max",),
    "<=": ("max",),
    ">": ("min",),
    ">=": ("min",),
    "<>": ("min", "max"),
}
"""The values of a group that tell whether ``x op value`` is true for any of it."""


def partnered(
    session: Session,
    left: Relation,
    right: Relation,
    kind: JoinKind,
    parts: Sequence[Scalar],
    *,
    mark: ColumnRef | None = None,
) -> Relation:
    """Return the semi, anti or mark join of *left* with *right* on the conjuncts *parts*."""
    join = joined_on(left, right, kind, parts, mark)
    assert isinstance(join, Join), "only inner joins become anything else"
    test = decisive_test(join)
    return join if test is None else decided(session, join, *test)


def decisive_test(join: Join) -> tuple[str, Scalar, Scalar] | None:
    """Return operator, left and right side of the one comparison beyond keys, if that is all."""
    part = join.residual
    if not isinstance(part, Call) or part.name not in DECISIVE:
        return None
    ours, theirs = sides(part, ids(join.left), ids(join.right))
    if ours is None or theirs is None:
        return None
    if not (ours.dtype.is_numeric() or ours.dtype.is_temporal() or is_text(ours.dtype)):
        return None
    name = part.name if ours is part.args[0] else MIRRORED.get(part.name, part.name)
    return name, ours, theirs


def decided(session: Session, join: Join, name: str, ours: Scalar, theirs: Scalar) -> Relation:
    """Return *join* with its candidates reduced to one row for each combination of keys."""
    operators = Operators(session.make)
    groups: list[tuple[ColumnRef, Scalar]] = []
    keys: list[tuple[Scalar, Scalar]] = []
    for left_key, right_key in join.keys:
        if isinstance(right_key, Literal):
            keys.append((left_key, right_key))
            continue
        column = session.fresh("key", right_key.dtype)
        groups.append((column, right_key))
        keys.append((left_key, column))
    calls = extremes(session, DECISIVE[name], theirs)
    candidates = Aggregate(join.right, tuple(groups), calls)
    hits = [operators.compare(name, ours, column, ours.pos) for column, _ in calls]
    hit = operators.is_truth(operators.either(hits, ours.pos), ours.pos, truth=True)
    kept: JoinKind = "inner" if join.kind == "semi" else "left"
    pairs = Join(
        join.left, candidates, kept if keys else "cross", tuple(keys), None, join.nulls_equal
    )
    if join.kind == "semi":
        return Filter(pairs, hit)
    if join.kind == "anti":
        return Filter(pairs, operators.negate(hit, ours.pos))
    assert join.mark is not None, "the column of a mark join"
    columns = tuple((column, column) for column in join.left.columns)
    return Project(pairs, (*columns, (join.mark, hit)))


def extremes(
    session: Session, names: Sequence[str], value: Scalar
) -> tuple[tuple[ColumnRef, AggregateCall], ...]:
    """Return aggregates of *value*, each with a new column."""
    return tuple(
        (session.fresh(name, value.dtype), called(name, value, value.dtype)) for name in names
    )


def called(name: str, value: Scalar, dtype: pl.DataType) -> AggregateCall:
    """Return the call of the aggregate *name*."""
    return AggregateCall(AGGREGATES_BY_NAME[name], (value,), dtype, pos=value.pos)
