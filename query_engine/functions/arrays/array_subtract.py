"""
array_subtract(left, right): the differences of the elements at the same places of two arrays of
one length.
"""

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction, same_as

ARRAY_SUBTRACT = ScalarFunction(
    name="array_subtract",
    group="Arrays",
    parameters=(Parameter("left", Kind.NUMBERS), Parameter("right", Kind.NUMBERS)),
    returns=same_as(0),
    build=lambda left, right: left.expr - right.expr,
    doc="The differences of the elements at the same places of two arrays of one length.",
    examples=(Example("SELECT array_subtract(make_array(3, 4), make_array(1, 2))", "[2.0, 2.0]"),),
    aliases=("list_subtract",),
)
