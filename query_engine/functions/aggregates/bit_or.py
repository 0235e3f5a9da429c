"""bit_or(x): the bits that any value has."""

import polars as pl

from query_engine.functions.function import AggregateFunction, Example, Kind, Parameter

BIT_OR = AggregateFunction(
    name="bit_or",
    parameters=(Parameter("x", Kind.INTEGER),),
    returns=pl.Int64(),
    build=lambda x: x.expr.bitwise_or(),
    build_distinct=lambda x: x.expr.bitwise_or(),
    doc="The bits that any value has; NULL if there are none.",
    examples=(Example("SELECT bit_or(x) FROM t", "3"),),
)
