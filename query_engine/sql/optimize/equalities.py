"""
Equalities between the relations of a join, and those that follow: ``a = b`` and ``b = c``.

Rule: when two sets of relations are joined, one pair of each class of equal values is compared. All
of a class are equal then, since within each set they were before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from query_engine.functions.function import Argument
from query_engine.sql.operators import compare_with
from query_engine.sql.scalars import Call, Scalar, columns_in
from query_engine.sql.types import BOOLEAN


def equal_values(left: Argument, right: Argument) -> pl.Expr:
    """Build the comparison of two values of one relation that keys make equal."""
    return compare_with("=", left, right)


@dataclass(frozen=True, slots=True)
class Equalities:
    """
    Classes of values that the keys of a join make equal.

    Attributes:
        classes: Each with the values of all relations.
        within: What has to hold inside single relations, as conditions.
    """

    classes: tuple[tuple[Scalar, ...], ...]
    within: tuple[Scalar, ...]

    @classmethod
    def of(
        cls, keys: Sequence[tuple[Scalar, Scalar]], relations: Sequence[frozenset[str]]
    ) -> "Equalities":
        """Return the classes that *keys* make of values over *relations*, by their columns' ids."""
        classes: list[list[Scalar]] = []
        for pair in keys:
            found = [one for one in classes if pair[0] in one or pair[1] in one]
            merged = list(dict.fromkeys([value for one in [*found, list(pair)] for value in one]))
            classes = [one for one in classes if one not in found]
            classes.append(merged)
        within: list[Scalar] = []
        for values in classes:
            for own in relations:
                inside = [value for value in values if columns_in(value) <= own]
                within += [equality(inside[0], other) for other in inside[1:]]
        return cls(tuple(tuple(values) for values in classes), tuple(within))

    def between(self, left: frozenset[str], right: frozenset[str]) -> list[tuple[Scalar, Scalar]]:
        """Return a key for each class that has values on both sides."""
        keys: list[tuple[Scalar, Scalar]] = []
        for values in self.classes:
            ours = [value for value in values if columns_in(value) <= left]
            theirs = [value for value in values if columns_in(value) <= right]
            if ours and theirs:
                keys.append((ours[0], theirs[0]))
        return keys


def equality(left: Scalar, right: Scalar) -> Scalar:
    """Return ``left = right`` of values that have one type already."""
    return Call("=", (left, right), BOOLEAN, equal_values, left.pos)
