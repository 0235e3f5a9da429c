"""mode(x): the most frequent value."""

from query_engine.functions.function import (
    AggregateFunction,
    Example,
    Kind,
    Parameter,
    same_as,
)

MODE = AggregateFunction(
    name="mode",
    parameters=(Parameter("x", Kind.ORDERED),),
    returns=same_as(0),
    build=lambda x: x.expr.drop_nulls().mode().min(),
    doc="The most frequent value, the least of those that are as frequent; NULL if there are none.",
    examples=(Example("SELECT mode(x) FROM t", "2"),),
)
