"""
Where the parts of a condition are evaluated: as keys of a join, on one side of it, or above it.

The engine could find that out itself only where nothing stands between a join and its filter.
"""

from collections.abc import Sequence

from query_engine.sql.operators import all_of
from query_engine.sql.relations import Filter, Join, JoinKind, Relation
from query_engine.sql.scalars import Call, Scalar, columns_in, conjuncts


def joined_on(left: Relation, right: Relation, kind: JoinKind, parts: Sequence[Scalar]) -> Relation:
    """Return the join of two relations on the conjuncts *parts*."""
    if kind == "inner":
        return placed(Join(left, right, "cross"), parts)
    left_ids, right_ids = ids(left), ids(right)
    keys: list[tuple[Scalar, Scalar]] = []
    residual: list[Scalar] = []
    to_left: list[Scalar] = []
    to_right: list[Scalar] = []
    for part in parts:
        pair = key_pair(part, left_ids, right_ids)
        if pair is not None:
            keys.extend([pair] if pair not in keys else [])
        elif kind == "left" and columns_in(part) <= right_ids:
            to_right.append(part)
        elif kind == "right" and columns_in(part) <= left_ids:
            to_left.append(part)
        else:
            residual.append(part)
    condition = all_of(residual) if residual else None
    return Join(placed(left, to_left), placed(right, to_right), kind, tuple(keys), condition)


def placed(relation: Relation, parts: Sequence[Scalar]) -> Relation:
    """Return the rows of *relation* for which *parts* are true, tested as far down as can be."""
    if not parts:
        return relation
    if isinstance(relation, Filter):
        if isinstance(relation.input, Join):
            return Filter(placed(relation.input, parts), relation.predicate)
        return Filter(relation.input, all_of([*conjuncts(relation.predicate), *parts]))
    if not isinstance(relation, Join):
        return Filter(relation, all_of(parts))
    kind = relation.kind
    sinks_left = kind in {"inner", "cross", "left", "semi"}
    sinks_right = kind in {"inner", "cross", "right"}
    left_ids, right_ids = ids(relation.left), ids(relation.right)
    to_left: list[Scalar] = []
    to_right: list[Scalar] = []
    here: list[Scalar] = []
    for part in parts:
        reads = columns_in(part)
        if reads and reads <= left_ids and sinks_left:
            to_left.append(part)
        elif reads and reads <= right_ids and sinks_right:
            to_right.append(part)
        else:
            here.append(part)
    left, right = placed(relation.left, to_left), placed(relation.right, to_right)
    if kind in {"inner", "cross"}:
        return inner(Join(left, right, kind, relation.keys, relation.residual), here)
    sunk = Join(left, right, kind, relation.keys, relation.residual)
    return Filter(sunk, all_of(here)) if here else sunk


def inner(join: Join, parts: Sequence[Scalar]) -> Relation:
    """Return an inner join with *parts*, which read both sides or none, as keys and condition."""
    left_ids, right_ids = ids(join.left), ids(join.right)
    keys = list(join.keys)
    residual = [] if join.residual is None else conjuncts(join.residual)
    above: list[Scalar] = []
    for part in parts:
        pair = key_pair(part, left_ids, right_ids)
        if pair is not None:
            keys.extend([pair] if pair not in keys else [])
        elif columns_in(part):
            residual.append(part)
        else:
            above.append(part)
    kind: JoinKind = "inner" if keys or residual else "cross"
    condition = all_of(residual) if residual else None
    joined = Join(join.left, join.right, kind, tuple(keys), condition)
    return Filter(joined, all_of(above)) if above else joined


def ids(relation: Relation) -> frozenset[str]:
    """Return the ids of a relation's columns."""
    return frozenset(column.id for column in relation.columns)


def key_pair(
    part: Scalar, left_ids: frozenset[str], right_ids: frozenset[str]
) -> tuple[Scalar, Scalar] | None:
    """Return the sides of ``left expression = right expression``, left first; None otherwise."""
    if not isinstance(part, Call) or part.name != "=" or part.args[0].dtype.is_nested():
        return None
    first, second = sides(part, left_ids, right_ids)
    return None if first is None or second is None else (first, second)


def sides(
    part: Call, left_ids: frozenset[str], right_ids: frozenset[str]
) -> tuple[Scalar | None, Scalar | None]:
    """Return the argument that reads left columns only and the one that reads right ones only."""
    first, second = part.args
    reads = columns_in(first), columns_in(second)
    if not all(reads):
        return None, None
    if reads[0] <= left_ids and reads[1] <= right_ids:
        return first, second
    if reads[0] <= right_ids and reads[1] <= left_ids:
        return second, first
    return None, None


def is_range_test(part: Scalar, left_ids: frozenset[str], right_ids: frozenset[str]) -> bool:
    """Tell whether *part* compares the two sides by order, in types that sort without NaN."""
    if not isinstance(part, Call) or part.name not in {"<", "<=", ">", ">="}:
        return False
    dtype = part.args[0].dtype
    if not (dtype.is_integer() or dtype.is_temporal()):
        return False
    return sides(part, left_ids, right_ids)[0] is not None
