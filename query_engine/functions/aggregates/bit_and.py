"""bit_and(x): the bits that all values have."""

import polars as pl

from query_engine.functions.function import AggregateFunction, Example, Kind, Parameter

BIT_AND = AggregateFunction(
    name="bit_and",
    parameters=(Parameter("x", Kind.INTEGER),),
    returns=pl.Int64(),
    build=lambda x: x.expr.bitwise_and(),
    build_distinct=lambda x: x.expr.bitwise_and(),
    doc="The bits that all values have; NULL if there are none.",
    examples=(Example("SELECT bit_and(x) FROM t", "0"),),
)
