"""any_value(x): some value that is not NULL."""

from query_engine.functions.function import (
    AggregateFunction,
    Example,
    Kind,
    Parameter,
    same_as,
)

ANY_VALUE = AggregateFunction(
    name="any_value",
    parameters=(Parameter("x", Kind.ANY),),
    returns=same_as(0),
    build=lambda x: x.expr.drop_nulls().first(),
    doc="Some value that is not NULL.",
    examples=(Example("SELECT any_value(x) IS NOT NULL FROM t", "true"),),
)
