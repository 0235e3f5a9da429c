"""Lowers GROUP BY and the aggregates in it."""

from functools import partial

import polars as pl

from query_engine.functions.function import Argument
from query_engine.sql.lowered import Lowering
from query_engine.sql.relations import Aggregate
from query_engine.sql.scalars import (
    AggregateCall,
    ColumnRef,
    Literal,
    Scalar,
    arguments,
    polars_expression,
    polars_literal,
)


def aggregate(lowering: Lowering, node: Aggregate) -> pl.LazyFrame:
    """Group and aggregate."""
    read = lowering.needs[id(node)]
    frame = lowering.frame(node.input)
    keys = [polars_expression(key).alias(column.id) for column, key in node.keys]
    calls = [
        aggregate_expression(call).alias(column.id)
        for column, call in node.aggregates
        if column.id in read
    ]
    answers = frame.group_by(keys).agg(calls) if keys else frame.select(calls)
    finishes = [
        finish.alias(column.id)
        for column, call in node.aggregates
        if column.id in read and (finish := finish_expression(column, call)) is not None
    ]
    return answers.with_columns(finishes) if finishes else answers


def aggregate_expression(call: AggregateCall) -> pl.Expr:
    """Return the Polars expression of an aggregate over columns."""
    build = call.function.build_distinct if call.distinct else call.function.build
    assert build is not None, "refused when the call was bound"
    return build(*(aggregate_argument(call, value) for value in call.args))


def finish_expression(column: ColumnRef, call: AggregateCall) -> pl.Expr | None:
    """Return what makes an aggregate's answers of its column, where that is not all."""
    finish = call.function.finish
    return None if finish is None else finish(pl.col(column.id), *arguments(call.args))


def aggregate_argument(call: AggregateCall, value: Scalar) -> Argument:
    """Return one argument of an aggregate, filtered and ordered as the call says."""
    if isinstance(value, Literal):
        return Argument(
            dtype=value.dtype,
            build=partial(polars_literal, value),
            constant=True,
            value=value.value,
        )
    expr = picked(call, polars_expression(value))
    if call.order and not call.distinct:
        by = [picked(call, polars_expression(key.value)) for key in call.order]
        expr = expr.sort_by(
            by,
            descending=[key.descending for key in call.order],
            nulls_last=[key.nulls_last for key in call.order],
        )
    if call.order and call.distinct:
        key = call.order[0]
        expr = expr.unique().sort(descending=key.descending, nulls_last=key.nulls_last)
    return Argument(dtype=value.dtype, build=lambda: expr)


def picked(call: AggregateCall, expr: pl.Expr) -> pl.Expr:
    """Return *expr* over the rows that FILTER leaves."""
    return expr if call.where is None else expr.filter(polars_expression(call.where))
