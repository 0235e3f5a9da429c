"""Lowers what handles rows one by one or as they come: scans, projections, filters, order."""

import polars as pl

from query_engine.sql.lowered import Lowering
from query_engine.sql.relations import (
    Distinct,
    Filter,
    Limit,
    LimitEach,
    OneRow,
    Project,
    Scan,
    Sort,
    Union,
)
from query_engine.sql.scalars import ColumnRef, polars_expression

ROW = "#row"
_ONE_ROW = pl.LazyFrame({ROW: [True]})


def one_row(_lowering: Lowering, _node: OneRow) -> pl.LazyFrame:
    """One row without columns of the query's; the engine has no frame of rows without columns."""
    return _ONE_ROW


def scan(lowering: Lowering, node: Scan) -> pl.LazyFrame:
    """Read a table under the query's own column names."""
    frame = node.table.scan(lowering.requests[id(node)])
    read = lowering.needs[id(node)]
    return frame.select(
        pl.col(name).alias(column.id)
        for name, column in zip(node.names, node.columns, strict=True)
        if column.id in read
    )


def project(lowering: Lowering, node: Project) -> pl.LazyFrame:
    """
    Compute columns.

    Polars shrinks a selection of constants to one row, also when its optimizer finds out that
    an expression is constant; only a plain column among them, or adding them to the input,
    keeps one row for each input row.
    """
    read = lowering.needs[id(node)]
    items = [(column, value) for column, value in node.items if column.id in read]
    expressions = [polars_expression(value).alias(column.id) for column, value in items]
    frame = lowering.frame(node.input)
    if any(isinstance(value, ColumnRef) for _, value in items):
        return frame.select(expressions)
    return frame.with_columns(expressions).select(column.id for column, _ in items)


def filtered(lowering: Lowering, node: Filter) -> pl.LazyFrame:
    """Keep rows."""
    return lowering.frame(node.input).filter(polars_expression(node.predicate))


def ordered(lowering: Lowering, node: Sort) -> pl.LazyFrame:
    """Sort."""
    return lowering.frame(node.input).sort(
        [polars_expression(key.value) for key in node.keys],
        descending=[key.descending for key in node.keys],
        nulls_last=[key.nulls_last for key in node.keys],
    )


def limited(lowering: Lowering, node: Limit) -> pl.LazyFrame:
    """Keep a range of places."""
    return lowering.frame(node.input).slice(node.offset, node.count)


def limited_each(lowering: Lowering, node: LimitEach) -> pl.LazyFrame:
    """Keep a range of places of each group, in the order in which the rows come."""
    frame, by = lowering.frame(node.input), [column.id for column in node.by]
    if node.count == 1 and node.offset == 0:
        return frame.unique(subset=by, keep="first", maintain_order=True)
    place = pl.int_range(pl.len(), dtype=pl.Int64).over(by)
    within = place >= node.offset
    if node.count is not None:
        within &= place < node.offset + node.count
    return frame.filter(within)


def distinct(lowering: Lowering, node: Distinct) -> pl.LazyFrame:
    """Keep each row once."""
    columns = [column.id for column in node.input.columns]
    return lowering.frame(node.input).select(columns).unique()


def union(lowering: Lowering, node: Union) -> pl.LazyFrame:
    """Put inputs under each other by position."""
    read = lowering.needs[id(node)]
    frames = [
        lowering.frame(child).select(
            pl.col(theirs.id).alias(ours.id)
            for theirs, ours in zip(child.columns, node.columns, strict=True)
            if ours.id in read
        )
        for child in node.inputs
    ]
    return pl.concat(frames, how="vertical")
