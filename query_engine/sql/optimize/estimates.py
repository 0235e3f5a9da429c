"""
How many rows each relation has, roughly: from row counts and bounds of tables, nothing is read.

Estimates choose between plans that give the same answer. They are wrong by a factor often enough;
what matters is that a filtered dimension looks small and a table of facts large.
"""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from query_engine.sql.catalog import MeasuredTable
from query_engine.sql.facts import bare_column
from query_engine.sql.optimize.selectivity import Spread, selectivity
from query_engine.sql.relations import (
    Aggregate,
    Filter,
    Join,
    Limit,
    Project,
    Relation,
    Scan,
    inputs,
)
from query_engine.sql.scalars import Scalar

ROWS_UNKNOWN = 1_000.0
"""Taken for the size of a table that cannot say it: as a rule a small one, made on the spot."""

TEXTS_SHARE = 0.1
"""Taken for the share of different values in a column of text, which no statistic tells."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """
    Rows of a relation.

    Attributes:
        columns: What is known of columns, by id.
    """

    rows: float
    columns: Mapping[str, Spread]

    def distinct(self, value: Scalar) -> float:
        """Return how many values *value* has in the tables it comes from, before any filter."""
        column = bare_column(value)
        spread = None if column is None else self.columns.get(column.id)
        return self.rows if spread is None else spread.distinct


@dataclass(slots=True)
class Estimates:
    """Estimates relations, each once."""

    known: dict[int, Estimate] = field(default_factory=dict)
    kept: list[Relation] = field(default_factory=list)

    def of(self, node: Relation) -> Estimate:
        """Return the estimate of one relation."""
        if id(node) not in self.known:
            self.kept.append(node)  # an id means a relation only as long as the relation lives
            self.known[id(node)] = self._estimated(node)
        return self.known[id(node)]

    def _estimated(self, node: Relation) -> Estimate:
        if isinstance(node, Scan):
            return of_table(node)
        if isinstance(node, Filter):
            below = self.of(node.input)
            share = selectivity(node.predicate, below.columns)
            return Estimate(max(1.0, below.rows * share), below.columns)
        if isinstance(node, Project):
            below = self.of(node.input)
            return Estimate(below.rows, passed_on(node, below.columns))
        if isinstance(node, Join):
            return self._joined(node)
        if isinstance(node, Aggregate):
            below = self.of(node.input)
            groups = math.prod(min(below.rows, below.distinct(key)) for _, key in node.keys)
            return Estimate(max(1.0, min(below.rows, groups)), passed_on(node, below.columns))
        if isinstance(node, Limit) and node.count is not None:
            below = self.of(node.input)
            return replace(below, rows=max(1.0, min(below.rows, float(node.count))))
        found = [self.of(child) for child in inputs(node)]
        columns = {name: spread for one in found for name, spread in one.columns.items()}
        return Estimate(max((one.rows for one in found), default=1.0), columns)

    def _joined(self, node: Join) -> Estimate:
        left, right = self.of(node.left), self.of(node.right)
        columns = {**left.columns, **right.columns}
        if node.kind not in {"inner", "cross", "left", "right", "full"}:
            share = 1.0
            if node.keys:
                ours, theirs = node.keys[0]
                values = max(1.0, left.distinct(ours), right.distinct(theirs))
                share = min(1.0, right.rows / values)
            return Estimate(max(1.0, left.rows * share), left.columns)
        rows = joined_rows(left, right, [*node.keys])
        if node.residual is not None:
            rows *= selectivity(node.residual, columns)
        kept = {"left": left.rows, "right": right.rows, "full": max(left.rows, right.rows)}
        return Estimate(max(1.0, rows, kept.get(node.kind, 1.0)), columns)


def joined_rows(left: Estimate, right: Estimate, keys: list[tuple[Scalar, Scalar]]) -> float:
    """
    Return the rows of an inner join.

    The side with fewer values is taken to have them all, each once (the key of a dimension). Keys
    of several columns are not independent: together they have as many values as that side has rows.
    """
    values, most = 1.0, math.inf
    for ours, theirs in keys:
        values *= max(1.0, min(left.distinct(ours), right.distinct(theirs)))
        most = min(most, table_rows(left, ours), table_rows(right, theirs))
    return left.rows * right.rows / max(1.0, min(values, most))


def table_rows(side: Estimate, value: Scalar) -> float:
    """Return the rows of the table that a key comes from."""
    column = bare_column(value)
    spread = None if column is None else side.columns.get(column.id)
    return side.rows if spread is None else spread.table_rows


def passed_on(node: Project | Aggregate, columns: Mapping[str, Spread]) -> dict[str, Spread]:
    """Return what is known of the columns that a relation only passes on."""
    items = node.items if isinstance(node, Project) else node.keys
    found = ((column.id, bare_column(value)) for column, value in items)
    return {name: columns[c.id] for name, c in found if c is not None and c.id in columns}


def of_table(node: Scan) -> Estimate:
    """Return the estimate of a table."""
    if not isinstance(node.table, MeasuredTable):
        return Estimate(ROWS_UNKNOWN, {})
    known = node.table.statistics()
    rows = max(1.0, known.rows)
    columns: dict[str, Spread] = {}
    for name, column in zip(node.names, node.columns, strict=True):
        bounds = known.columns.get(name)
        low = None if bounds is None else number(bounds.low)
        high = None if bounds is None else number(bounds.high)
        distinct = rows * TEXTS_SHARE
        if low is not None and high is not None:
            whole = column.dtype.is_integer() or column.dtype.is_temporal()
            distinct = min(rows, high - low + 1) if whole else rows
        columns[column.id] = Spread(low, high, max(1.0, distinct), rows)
    return Estimate(rows, columns)


def number(value: object) -> float | None:
    """Return a bound on a scale of numbers, days for dates; None for texts and what is unknown."""
    if isinstance(value, bool | str) or value is None:
        return None
    if isinstance(value, dt.date):
        return float(value.toordinal())
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
