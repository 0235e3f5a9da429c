"""ceil(x): the least whole number not below x."""

from query_engine.functions.decimals import whole_type
from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

CEIL = ScalarFunction(
    name="ceil",
    group="Math",
    parameters=(Parameter("x", Kind.NUMBER),),
    returns=lambda arguments: whole_type(arguments[0].dtype),
    build=lambda x: x.expr.ceil().cast(whole_type(x.dtype)),
    doc="The least whole number not below x.",
    examples=(Example("SELECT ceil(1.2)", "2.0"),),
    aliases=("ceiling",),
)
