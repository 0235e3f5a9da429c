"""last_value(x): the value of the last row in the order of ORDER BY, also if it is NULL."""

from query_engine.functions.function import (
    AggregateFunction,
    Example,
    Kind,
    Parameter,
    same_as,
)

LAST_VALUE = AggregateFunction(
    name="last_value",
    parameters=(Parameter("x", Kind.ANY),),
    returns=same_as(0),
    build=lambda x: x.expr.last(),
    doc="The value of the last row in the order of ORDER BY, also if it is NULL.",
    examples=(Example("SELECT last_value(x ORDER BY x NULLS FIRST) FROM t", "2"),),
    ordered=True,
    ignores_nulls=False,
)
