"""
array_add(left, right): the sums of the elements at the same places of two arrays of one length.
"""

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction, same_as

ARRAY_ADD = ScalarFunction(
    name="array_add",
    group="Arrays",
    parameters=(Parameter("left", Kind.NUMBERS), Parameter("right", Kind.NUMBERS)),
    returns=same_as(0),
    build=lambda left, right: left.expr + right.expr,
    doc="The sums of the elements at the same places of two arrays of one length.",
    examples=(Example("SELECT array_add(make_array(1, 2), make_array(3, 4))", "[4.0, 6.0]"),),
    aliases=("list_add",),
)
