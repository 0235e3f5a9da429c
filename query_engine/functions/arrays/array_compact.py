"""array_compact(array): the array without NULLs."""

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction, same_as

ARRAY_COMPACT = ScalarFunction(
    name="array_compact",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST),),
    returns=same_as(0),
    build=lambda array: array.expr.list.drop_nulls(),
    doc="The array without NULLs.",
    examples=(Example("SELECT array_compact(make_array(1, NULL, 2))", "[1, 2]"),),
    aliases=("list_compact",),
)
