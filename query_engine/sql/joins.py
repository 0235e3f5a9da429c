"""
Where the parts of a condition are evaluated: as keys of a join, on one side of it, or above it.

The engine could find that out itself only where nothing stands between a join and its filter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from query_engine.sql.operators import all_of
from query_engine.sql.relations import ONE_SIDED, AsofJoin, Filter, Join, JoinKind, Relation
from query_engine.sql.scalars import Call, ColumnRef, Literal, Scalar, columns_in, conjuncts
from query_engine.sql.types import BOOLEAN

TRUE = Literal(True, BOOLEAN)


KEEPS_LEFT: frozenset[JoinKind] = frozenset({"left", "full", "anti", "mark"})
"""The joins that yield left rows without a partner."""

KEEPS_RIGHT: frozenset[JoinKind] = frozenset({"right", "full"})
"""The joins that yield right rows without a partner."""


def joined_on(
    left: Relation,
    right: Relation,
    kind: JoinKind,
    parts: Sequence[Scalar],
    mark: ColumnRef | None = None,
) -> Relation:
    """Return the join of two relations on the conjuncts *parts*."""
    if kind == "inner" and not any(is_null_safe(part) for part in parts):
        return placed(Join(left, right, "cross"), parts)
    found = Conditions.of(left, right, kind, parts)
    left, right = placed(left, found.to_left), placed(right, found.to_right)
    condition = all_of(found.residual) if found.residual else None
    if kind == "inner" and not found.keys:
        return placed(Join(left, right, "cross"), found.residual)
    return Join(left, right, kind, tuple(found.keys), condition, found.nulls_equal, mark)


@dataclass(slots=True)
class Conditions:
    """Where each conjunct of a join's condition is tested."""

    keys: list[tuple[Scalar, Scalar]] = field(default_factory=list)
    residual: list[Scalar] = field(default_factory=list)
    to_left: list[Scalar] = field(default_factory=list)
    to_right: list[Scalar] = field(default_factory=list)
    nulls_equal: bool = False

    @classmethod
    def of(
        cls, left: Relation, right: Relation, kind: JoinKind, parts: Sequence[Scalar]
    ) -> "Conditions":
        """Return the places of *parts*."""
        left_ids, right_ids = ids(left), ids(right)
        found = cls()
        strict: list[tuple[Scalar, Scalar]] = []
        null_safe: list[tuple[Scalar, Scalar, Scalar]] = []
        tests: list[tuple[Scalar, Scalar, Scalar]] = []
        for part in parts:
            reads = columns_in(part)
            pair = key_pair(part, left_ids, right_ids)
            if pair is not None and is_null_safe(part):
                null_safe.append((*pair, part))
            elif pair is not None:
                strict.extend([pair] if pair not in strict else [])
            elif isinstance(part, Literal) and part.value is True:
                continue
            elif reads <= right_ids and kind not in KEEPS_RIGHT:
                found.to_right.append(part)
            elif reads and reads <= left_ids and kind not in KEEPS_LEFT:
                found.to_left.append(part)
            elif reads and reads <= left_ids:
                tests.append((part, TRUE, part))
            elif reads and reads <= right_ids:
                tests.append((TRUE, part, part))
            else:
                found.residual.append(part)
        found.keyed(kind, strict, null_safe, tests)
        return found

    def keyed(
        self,
        kind: JoinKind,
        strict: Sequence[tuple[Scalar, Scalar]],
        null_safe: Sequence[tuple[Scalar, Scalar, Scalar]],
        tests: Sequence[tuple[Scalar, Scalar, Scalar]],
    ) -> None:
        """
        Choose the keys.

        The engine takes NULL as equal in all keys or in none. A test of one side is a key, too: it
        equals the constant true of the other side, unless a range of values is looked for.
        """
        null_safe = [item for item in dict.fromkeys(null_safe) if item[:2] not in strict]
        self.keys = [*strict, *((left, right) for left, right, _ in null_safe)]
        self.nulls_equal = bool(null_safe)
        if strict and null_safe:
            if kind == "full":
                self.keys, self.nulls_equal = list(strict), False
                self.residual.extend(part for *_, part in null_safe)
            elif kind == "right":
                self.to_left.extend(is_known(left) for left, _ in strict)
            else:
                self.to_right.extend(is_known(right) for _, right in strict)
        if self.keys or not self.residual:
            self.keys.extend((left, right) for left, right, _ in tests)
            self.keys = self.keys or [(TRUE, TRUE)]
        else:
            self.residual.extend(part for *_, part in tests)


def is_null_safe(part: Scalar) -> bool:
    """Tell whether *part* is an equality in which NULL equals NULL."""
    return isinstance(part, Call) and part.name == "is not distinct from"


def is_known(value: Scalar) -> Scalar:
    """Return ``value IS NOT NULL``."""
    return Call("is not null", (value,), BOOLEAN, lambda a: a.expr.is_not_null(), value.pos)


def placed(relation: Relation, parts: Sequence[Scalar]) -> Relation:
    """Return the rows of *relation* for which *parts* are true, tested as far down as can be."""
    if not parts:
        return relation
    if isinstance(relation, Filter):
        if isinstance(relation.input, Join | AsofJoin):
            return Filter(placed(relation.input, parts), relation.predicate)
        return Filter(relation.input, all_of([*conjuncts(relation.predicate), *parts]))
    if isinstance(relation, AsofJoin):
        own = [
            part for part in parts if columns_in(part) and columns_in(part) <= ids(relation.left)
        ]
        rest = [part for part in parts if part not in own]
        below = replace(relation, left=placed(relation.left, own))
        return Filter(below, all_of(rest)) if rest else below
    if not isinstance(relation, Join):
        return Filter(relation, all_of(parts))
    kind = relation.kind
    sinks_left = kind in {"inner", "cross", "left", *ONE_SIDED}
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
        return inner(replace(relation, left=left, right=right), here)
    sunk = replace(relation, left=left, right=right)
    return Filter(sunk, all_of(here)) if here else sunk


def inner(join: Join, parts: Sequence[Scalar]) -> Relation:
    """Return an inner join with *parts*, which read both sides or none, as keys and condition."""
    left_ids, right_ids = ids(join.left), ids(join.right)
    keys = list(join.keys)
    residual = [] if join.residual is None else conjuncts(join.residual)
    above: list[Scalar] = []
    for part in parts:
        pair = key_pair(part, left_ids, right_ids)
        if pair is not None and is_null_safe(part) == join.nulls_equal:
            keys.extend([pair] if pair not in keys else [])
        elif columns_in(part):
            residual.append(part)
        else:
            above.append(part)
    kind: JoinKind = "inner" if keys or residual else "cross"
    condition = all_of(residual) if residual else None
    joined = replace(join, kind=kind, keys=tuple(keys), residual=condition)
    return Filter(joined, all_of(above)) if above else joined


def ids(relation: Relation) -> frozenset[str]:
    """Return the ids of a relation's columns."""
    return frozenset(column.id for column in relation.columns)


def key_pair(
    part: Scalar, left_ids: frozenset[str], right_ids: frozenset[str]
) -> tuple[Scalar, Scalar] | None:
    """Return the sides of an equality of a left and a right expression; None if it is none."""
    if not isinstance(part, Call) or part.name not in {"=", "is not distinct from"}:
        return None
    if part.args[0].dtype.is_nested() and part.name == "=":
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
