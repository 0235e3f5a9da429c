"""What share of rows a condition lets through, guessed from the bounds of columns."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from query_engine.sql.facts import Fact, facts_of
from query_engine.sql.scalars import Call, Scalar, conjuncts

EQUAL_SHARE = 0.05
"""Taken for ``column = constant`` on a column whose number of values is unknown."""

PATTERN_SHARE = 0.1
"""Taken for a pattern that is searched for."""

OTHER_SHARE = 0.3
"""Taken for a condition of which nothing is known."""

UNEQUAL_SHARE = 0.9
"""Taken for ``<>`` and for a negation."""

SHARE_MIN = 1e-9
"""No condition is believed to leave nothing."""

PATTERNS = {"like", "ilike", "~", "~*", "contains", "starts_with", "ends_with"}


@dataclass(frozen=True, slots=True)
class Spread:
    """
    What is known of a column.

    Attributes:
        low: Its bounds on a scale of numbers, None for texts.
        distinct: How many values it has.
        table_rows: The rows of its table.
    """

    low: float | None
    high: float | None
    distinct: float
    table_rows: float


def selectivity(predicate: Scalar, columns: Mapping[str, Spread]) -> float:
    """Return the share of rows for which *predicate* is true, above 0 and at most 1."""
    share = 1.0
    bounded: dict[str, list[Fact]] = {}
    for part in conjuncts(predicate):
        facts = facts_of(part) if isinstance(part, Call) and part.name != "or" else []
        for fact in facts:
            bounded.setdefault(fact.column, []).append(fact)
        if not facts:
            share *= of_one(part, columns)
    for column, found in bounded.items():
        share *= of_facts(found, columns.get(column))
    return min(1.0, max(SHARE_MIN, share))


def of_one(part: Scalar, columns: Mapping[str, Spread]) -> float:
    """Return the share of a condition that is no comparison of a column with constants."""
    if not isinstance(part, Call):
        return OTHER_SHARE
    if part.name == "or":
        missed = math.prod(1.0 - selectivity(option, columns) for option in part.args)
        return 1.0 - missed
    if part.name in {"not", "<>"}:
        return UNEQUAL_SHARE
    if part.name == "=":
        return EQUAL_SHARE
    return PATTERN_SHARE if part.name.lower() in PATTERNS else OTHER_SHARE


def of_facts(facts: Sequence[Fact], spread: Spread | None) -> float:
    """Return the share of everything that is said about one column."""
    values = [value for fact in facts for value in named(fact)]
    if values:
        one = EQUAL_SHARE
        if spread is not None and spread.low is not None:
            one = 1.0 / spread.distinct
        return min(1.0, one * len(values))
    if spread is None or spread.low is None or spread.high is None:
        return OTHER_SHARE
    low, high = spread.low, spread.high
    for fact in facts:
        value = on_scale(fact.value)
        if value is None:
            return OTHER_SHARE
        if fact.op in {"<", "<="}:
            high = min(high, value)
        else:
            low = max(low, value)
    whole = spread.high - spread.low
    return max(0.0, high - low) / whole if whole > 0 else 1.0


def named(fact: Fact) -> tuple[object, ...]:
    """Return the values that a fact lists."""
    if fact.op == "=":
        return (fact.value,)
    return fact.value if fact.op == "in" and isinstance(fact.value, tuple) else ()


def on_scale(value: object) -> float | None:
    """Return a constant on the scale of the bounds."""
    if isinstance(value, dt.date):
        return float(value.toordinal())
    return float(value) if isinstance(value, int | float) else None
