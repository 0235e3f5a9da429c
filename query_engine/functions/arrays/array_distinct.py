"""array_distinct(array): each element once, in the order of first places."""

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction, same_as

ARRAY_DISTINCT = ScalarFunction(
    name="array_distinct",
    group="Arrays",
    parameters=(Parameter("array", Kind.LIST),),
    returns=same_as(0),
    build=lambda array: array.expr.list.unique(maintain_order=True),
    doc="Each element once, in the order of first places.",
    examples=(Example("SELECT array_distinct(make_array(1, 2, 1))", "[1, 2]"),),
    aliases=("list_distinct",),
)
