"""array_reverse(array): the elements in reverse order."""

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction, same_as

ARRAY_REVERSE = ScalarFunction(
    name="array_reverse",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST),),
    returns=same_as(0),
    build=lambda array: array.expr.list.reverse(),
    doc="The elements in reverse order.",
    examples=(Example("SELECT array_reverse(make_array(1, 2, 3))", "[3, 2, 1]"),),
    aliases=("list_reverse",),
)
