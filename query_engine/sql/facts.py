"""
Facts: ``column op constant`` that holds for every row that matters, and how facts combine.

Every fact is false for NULL, so a fact about a column also says that it is not NULL.
"""

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from query_engine.functions.function import TIME
from query_engine.sql.catalog import PredicateOp
from query_engine.sql.limits import IN_PREDICATE_VALUES_MAX
from query_engine.sql.operators import MIRRORED
from query_engine.sql.scalars import Call, ColumnRef, Literal, Scalar
from query_engine.sql.types import common_type


@dataclass(frozen=True, slots=True)
class Fact:
    """``column op value``; the value of ``in`` is a tuple."""

    column: str
    op: PredicateOp
    value: object


OPS: Mapping[str, PredicateOp] = {"=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def facts_of(predicate: Scalar) -> list[Fact]:
    """Return what is known of single columns where *predicate* is true."""
    if not isinstance(predicate, Call):
        return []
    if predicate.name == "and":
        return [fact for arg in predicate.args for fact in facts_of(arg)]
    if predicate.name in OPS:
        return comparison_facts(predicate)
    if predicate.name == "in":
        return membership_facts(predicate.args[0], predicate.args[1:])
    if predicate.name == "or":
        return alternative_facts(predicate.args)
    return []


def comparison_facts(call: Call) -> list[Fact]:
    """Return the fact of ``column op constant`` or ``constant op column``."""
    left, right = call.args
    name = call.name
    if isinstance(left, Literal):
        left, right, name = right, left, MIRRORED[name]
    column = bare_column(left)
    if column is None or not isinstance(right, Literal):
        return []
    if not tells(left.dtype, right, above=name in {">", ">="}):
        return []
    return [Fact(column.id, OPS[name], right.value)]


def membership_facts(value: Scalar, options: Sequence[Scalar]) -> list[Fact]:
    """Return the fact of ``column IN (constants)``; NULLs in the list match nothing."""
    column = bare_column(value)
    if column is None or len(options) > IN_PREDICATE_VALUES_MAX:
        return []
    values: list[object] = []
    for option in options:
        if not isinstance(option, Literal):
            return []
        if option.value is None:
            continue
        if not tells(value.dtype, option, above=False):
            return []
        values.append(option.value)
    return [Fact(column.id, "in", tuple(dict.fromkeys(values)))]


def bare_column(value: Scalar) -> ColumnRef | None:
    """Return the column that *value* is, perhaps in a wider integer type; None otherwise."""
    if isinstance(value, ColumnRef):
        return value
    if not isinstance(value, Call) or not value.name.startswith("cast("):
        return None
    (inner,) = value.args
    whole = inner.dtype.is_integer() and value.dtype.is_integer()
    wider = whole and common_type(inner.dtype, value.dtype) == value.dtype
    return inner if wider and isinstance(inner, ColumnRef) else None


def alternative_facts(alternatives: Sequence[Scalar]) -> list[Fact]:
    """Return what every one of the alternatives of an OR says."""
    return list(weakest([facts_of(alternative) for alternative in alternatives]))


def tells(dtype: pl.DataType, value: Literal, *, above: bool) -> bool:
    """
    Tell whether a comparison may be used against statistics.

    NaN is above every number here and in no statistic of a file, so "above" says nothing of floats.
    """
    if dtype != value.dtype or value.value is None:
        return False
    if dtype.is_float():
        return not above and not (isinstance(value.value, float) and math.isnan(value.value))
    known = (pl.String, pl.Boolean, pl.Date, pl.Decimal)
    return dtype == TIME or dtype.is_integer() or isinstance(dtype, known)


def weakest(sets: Sequence[Iterable[Fact]]) -> frozenset[Fact]:
    """Return facts that hold wherever the facts of any one of *sets* hold."""
    columns = [by_column(facts) for facts in sets]
    if not columns:
        return frozenset()
    shared = functools.reduce(lambda a, b: a & b, (set(found) for found in columns))
    result: set[Fact] = set()
    for column in shared:
        result |= weakest_of_column(column, [found[column] for found in columns])
    return frozenset(result)


def by_column(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    """Group facts by their column."""
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact.column, []).append(fact)
    return found


def weakest_of_column(column: str, sets: Sequence[Sequence[Fact]]) -> set[Fact]:
    """Return what all of *sets* say together about one column."""
    exact = [exact_values(facts) for facts in sets]
    if all(values is not None for values in exact):
        union = dict.fromkeys(value for values in exact if values is not None for value in values)
        if len(union) <= IN_PREDICATE_VALUES_MAX:
            return {Fact(column, "in", tuple(union))}
    result: set[Fact] = set()
    lows = [bound(facts, max, (">", ">=")) for facts in sets]
    if all(low is not None for low in lows):
        result.add(Fact(column, ">=", min(low[0] for low in lows if low is not None)))
    highs = [bound(facts, min, ("<", "<=")) for facts in sets]
    if all(high is not None for high in highs):
        result.add(Fact(column, "<=", max(high[0] for high in highs if high is not None)))
    return result


def exact_values(facts: Sequence[Fact]) -> tuple[object, ...] | None:
    """Return the values that the column can have, when they are listed."""
    for fact in facts:
        if fact.op == "=":
            return (fact.value,)
        if fact.op == "in":
            assert isinstance(fact.value, tuple), "the value of in is a tuple"
            return fact.value
    return None


def bound(
    facts: Sequence[Fact], pick: Callable[[Sequence[Any]], Any], ops: tuple[str, str]
) -> tuple[Any] | None:
    """Return the strongest bound on one side (in a tuple), or None."""
    found: list[Any] = [fact.value for fact in facts if fact.op in ops]
    values = exact_values(facts)
    if values:
        found.append(min(values) if ops[0] == ">" else max(values))  # type: ignore[type-var]
    return (pick(found),) if found else None
