"""properties_to_array(properties): the same array; a query language with dictionaries needs it."""

from query_engine.functions.function import ENTRIES, Example, Kind, Parameter, ScalarFunction
from query_engine.functions.properties.properties_to_dict import build

PROPERTIES_TO_ARRAY = ScalarFunction(
    name="properties_to_array",
    group="Properties",
    parameters=(Parameter("properties", Kind.JSON),),
    returns=ENTRIES,
    build=build,
    doc="The same as properties_to_dict: how values are shared is not part of a type here.",
    examples=(
        Example(
            "SELECT array_length(properties_to_array("
            "properties_to_dict(property_map('route', '/pay'))))",
            "1",
        ),
    ),
)
