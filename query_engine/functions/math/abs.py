"""abs(x): the number without its sign."""

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)

ABS = ScalarFunction(
    name="abs",
    group="Math",
    parameters=(Parameter("x", Kind.NUMBER),),
    returns=same_as(0),
    build=lambda x: x.expr.abs(),
    doc="The number without its sign.",
    examples=(Example("SELECT abs(-3)", "3"),),
)
