"""floor(x): the greatest whole number not above x."""

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    same_as,
)

FLOOR = ScalarFunction(
    name="floor",
    group="Math",
    parameters=(Parameter("x", Kind.NUMBER),),
    returns=same_as(0),
    build=lambda x: x.expr.floor(),
    doc="The greatest whole number not above x.",
    examples=(Example("SELECT floor(-1.2)", "-2.0"),),
)
