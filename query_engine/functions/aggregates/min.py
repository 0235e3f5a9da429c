"""min(x): the least value; NULL if there are none."""

from query_engine.functions.function import (
    AggregateFunction,
    Example,
    Kind,
    Parameter,
    same_as,
)

MIN = AggregateFunction(
    name="min",
    parameters=(Parameter("x", Kind.ORDERED),),
    returns=same_as(0),
    build=lambda x: x.expr.min(),
    build_distinct=lambda x: x.expr.min(),
    doc="The least value; NULL if there are none.",
    examples=(Example("SELECT min(x) FROM t", "1"),),
)
