"""ceil(x): the least whole number not below x."""

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)

CEIL = ScalarFunction(
    name="ceil",
    group="Math",
    parameters=(Parameter("x", Kind.NUMBER),),
    returns=same_as(0),
    build=lambda x: x.expr.ceil(),
    doc="The least whole number not below x.",
    examples=(Example("SELECT ceil(1.2)", "2.0"),),
    aliases=("ceiling",),
)
