"""map_values(map): the values of all keys."""

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.maps.types import values_of

MAP_VALUES = ScalarFunction(
    name="map_values",
    group="Maps",
    parameters=(Parameter("map", Kind.MAP),),
    returns=values_of,
    build=lambda entries: entries.expr.map.values(),
    doc="The values of all keys.",
    examples=(Example("SELECT map_values(MAP {'a': 1, 'b': 2})", "[1, 2]"),),
)
