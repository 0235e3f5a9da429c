"""first_value(x): the value of the first row in the order of ORDER BY, also if it is NULL."""

from query_engine.functions.function import (
    AggregateFunction,
    Example,
    Kind,
    Parameter,
    same_as,
)

FIRST_VALUE = AggregateFunction(
    name="first_value",
    parameters=(Parameter("x", Kind.ANY),),
    returns=same_as(0),
    build=lambda x: x.expr.first(),
    doc="The value of the first row in the order of ORDER BY, also if it is NULL.",
    examples=(Example("SELECT first_value(x ORDER BY x DESC NULLS LAST) FROM t", "2"),),
    ordered=True,
    ignores_nulls=False,
)
