"""
How partial rows of a rollup become one: found out from its aggregates, or given as a SELECT.

Rule: merging is done over any cut of the events, any number of times, also over rows that are
merged already. An aggregate that does not bear that has no place in a rollup.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
from sqlglot import exp

from query_engine.defined.frames import GivenTable, PartialCatalog
from query_engine.defined.select import Plan, Select, bound_select
from query_engine.defined.shape import aggregate_in, aggregation, check_repeatable
from query_engine.functions.catalog import AGGREGATES_BY_NAME
from query_engine.sql.correlation import substituted
from query_engine.sql.positions import Source
from query_engine.sql.relations import Aggregate, Project, Relation, Scan
from query_engine.sql.scalars import AggregateCall, ColumnRef, Literal, Scalar, walk
from query_engine.sql.scope import Named

MERGED_BY: Mapping[str, str] = {
    "count": "sum",
    "count_if": "sum",
    "sum": "sum",
    "min": "min",
    "max": "max",
    "bool_and": "bool_and",
    "bool_or": "bool_or",
    "bit_and": "bit_and",
    "bit_or": "bit_or",
    "bit_xor": "bit_xor",
    "make_histogram": "sum_histograms",
}
"""What adds up the answers of an aggregate over parts, for those where something does."""

_INSTEAD: Mapping[str, str] = {
    "avg": "keep sum(x) and count(x), and divide them in the query",
    "median": "keep make_histogram(...), and ask quantile_from_histogram in the query",
    "approx_percentile_cont": "keep make_histogram(...), and ask quantile_from_histogram in the"
    " query",
}


@dataclass(frozen=True, slots=True)
class Grouping:
    """
    The parts of a SELECT that aggregates.

    Attributes:
        keys: The output columns that groups are told apart by.
        calls: The output columns that are an aggregate, with it.
    """

    keys: tuple[Named, ...]
    calls: tuple[tuple[Named, AggregateCall], ...]

    @property
    def key_names(self) -> frozenset[str]:
        """Names of the keys."""
        return frozenset(key.name for key in self.keys)


def grouping(select: Select, *, strict: bool) -> Grouping:
    """
    Find the keys and the aggregates of a SELECT's columns.

    Args:
        select: It aggregates.
        strict: Every column is a key, made of keys alone, or one aggregate and nothing more.

    Raises:
        SqlError: It is not so, or a key of GROUP BY is not selected; placed.
    """
    node = aggregation(select)
    keys = {column.id for column, _ in node.keys}
    calls = {column.id: call for column, call in node.aggregates}
    found_keys: list[Named] = []
    found_calls: list[tuple[Named, AggregateCall]] = []
    shown: set[str] = set()
    for item in select.columns:
        value = _value_of(select.relation, node, item.column)
        read = {part.id for part in walk(value) if isinstance(part, ColumnRef)}
        if isinstance(value, ColumnRef) and value.id in keys:
            shown.add(value.id)
        if read <= keys:
            found_keys.append(item)
        elif isinstance(value, ColumnRef):
            found_calls.append((item, calls[value.id]))
        elif strict:
            raise select.problem(
                f"{item.name} is computed from aggregates, whose answers are partial",
                aggregate_in(select) or 0,
                "keep each aggregate as a column of its own, and compute in the query",
            )
    if keys - shown:
        raise select.problem(
            "every key of GROUP BY is a column of the view: partial rows are told apart by them",
            select.tree.find(exp.Group) or 0,
        )
    return Grouping(tuple(found_keys), tuple(found_calls))


def automatic(select: Select, names: Mapping[str, pl.DataType]) -> Plan:
    """
    Return the merge that the aggregates of a SELECT ask for.

    Args:
        select: The SELECT.
        names: The view's columns and their types.

    Raises:
        SqlError: One of them cannot be merged; placed.
    """
    parts = grouping(select, strict=True)
    for item, call in parts.calls:
        _check_mergeable(select, item, call)
    columns = {name: ColumnRef(f"{name}#partial", dtype) for name, dtype in names.items()}
    schema = pl.Schema(names)
    scan = Scan(GivenTable(PartialCatalog.NAME, schema), tuple(columns), tuple(columns.values()))
    keys = tuple((_out(columns[item.name]), columns[item.name]) for item in parts.keys)
    calls = tuple(
        (_out(columns[item.name]), _added(call, columns[item.name])) for item, call in parts.calls
    )
    outputs = {column.id: column for column, _ in (*keys, *calls)}
    named = tuple(Named(name, outputs[_out(columns[name]).id]) for name in names)
    return Plan.of(Aggregate(scan, keys, calls), named)


def given(merge: Source, names: Mapping[str, pl.DataType]) -> tuple[Plan, Grouping]:
    """
    Return the merge that a SELECT says.

    Args:
        merge: Its text; it reads FROM partial, and yields rows of the same columns.
        names: The view's columns and their types.

    Raises:
        SqlError: It is not a merge of such rows; placed in its own text.
    """
    select = bound_select(merge, PartialCatalog(pl.Schema(names)))
    check_repeatable(select)
    parts = grouping(select, strict=False)
    yielded = {item.name: item.column.dtype for item in select.columns}
    if yielded != dict(names):
        wanted = ", ".join(f"{name} {dtype}" for name, dtype in names.items())
        has = ", ".join(f"{name} {dtype}" for name, dtype in yielded.items())
        raise select.problem(f"the merge SELECT yields {has}; the view has {wanted}")
    return Plan.of(select.relation, select.columns), parts


def _value_of(relation: Relation, aggregate: Aggregate, column: ColumnRef) -> Scalar:
    """Return what an output column is, over the columns of the aggregation."""
    if relation is aggregate:
        return column
    assert isinstance(relation, Project), "projections stand above an aggregation, nothing else"
    value = {name.id: item for name, item in relation.items}[column.id]
    if isinstance(value, ColumnRef):
        return _value_of(relation.input, aggregate, value)
    if relation.input is aggregate:
        return value
    known = {
        part.id: _value_of(relation.input, aggregate, part)
        for part in walk(value)
        if isinstance(part, ColumnRef)
    }
    return substituted(value, known)


def _check_mergeable(select: Select, item: Named, call: AggregateCall) -> None:
    name = call.function.name
    where = call.pos
    if call.distinct and name not in {"min", "max"}:
        raise select.problem(
            f"{item.name} counts different values, which parts cannot be added up for",
            where,
            f"add the value to GROUP BY, and ask {name}(DISTINCT ...) in the query",
        )
    if name not in MERGED_BY:
        known = ", ".join(MERGED_BY)
        raise select.problem(
            f"{name} over parts cannot be put together; merge = 'auto' knows {known}",
            where,
            _INSTEAD.get(name, "give a merge SELECT"),
        )
    if name == "make_histogram" and not all(isinstance(a, Literal) for a in call.args[:3]):
        raise select.problem("make_histogram in a view has constant start, end and bins", where)


def _out(column: ColumnRef) -> ColumnRef:
    return ColumnRef(f"{column.id}#merged", column.dtype)


def _added(call: AggregateCall, partial: ColumnRef) -> AggregateCall:
    function = AGGREGATES_BY_NAME[MERGED_BY[call.function.name]]
    return AggregateCall(function, (partial,), partial.dtype)
