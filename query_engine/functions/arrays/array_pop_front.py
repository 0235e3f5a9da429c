"""array_pop_front(array): the array without its first element."""

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction, same_as

ARRAY_POP_FRONT = ScalarFunction(
    name="array_pop_front",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST),),
    returns=same_as(0),
    build=lambda array: array.expr.list.slice(1),
    doc="The array without its first element.",
    examples=(Example("SELECT array_pop_front(make_array(1, 2, 3))", "[2, 3]"),),
    aliases=("list_pop_front",),
)
