"""floor(x): the greatest whole number not above x."""

from query_engine.functions.decimals import whole_type
from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

FLOOR = ScalarFunction(
    name="floor",
    group="Math",
    parameters=(Parameter("x", Kind.NUMBER),),
    returns=lambda arguments: whole_type(arguments[0].dtype),
    build=lambda x: x.expr.floor().cast(whole_type(x.dtype)),
    doc="The greatest whole number not above x.",
    examples=(Example("SELECT floor(-1.2)", "-2.0"),),
)
