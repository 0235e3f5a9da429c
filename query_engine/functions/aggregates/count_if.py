"""count_if(condition): how many rows fulfil a condition."""

import polars as pl

from query_engine.functions.function import AggregateFunction, Example, Kind, Parameter

COUNT_IF = AggregateFunction(
    name="count_if",
    parameters=(Parameter("condition", Kind.BOOLEAN),),
    returns=pl.Int64(),
    build=lambda condition: condition.expr.sum().cast(pl.Int64),
    doc="How many rows fulfil a condition; 0 if none do.",
    examples=(Example("SELECT count_if(x > 1) FROM t", "2"),),
    aliases=("countif",),
)
