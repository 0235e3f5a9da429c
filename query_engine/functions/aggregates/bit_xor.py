"""bit_xor(x): the bits that an odd number of values have."""

import polars as pl

from query_engine.functions.function import AggregateFunction, Example, Kind, Parameter

BIT_XOR = AggregateFunction(
    name="bit_xor",
    parameters=(Parameter("x", Kind.INTEGER),),
    returns=pl.Int64(),
    build=lambda x: x.expr.bitwise_xor(),
    build_distinct=lambda x: x.expr.drop_nulls().unique().bitwise_xor(),
    doc="The bits that an odd number of values have; NULL if there are none.",
    examples=(Example("SELECT bit_xor(x) FROM t", "1"),),
)
