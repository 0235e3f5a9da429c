"""map_entries(map): the entries as an array of structs of key and value."""

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.maps.types import entry_list

MAP_ENTRIES = ScalarFunction(
    name="map_entries",
    group="Maps",
    parameters=(Parameter("map", Kind.MAP),),
    returns=lambda arguments: entry_list(arguments[0].dtype),
    build=lambda entries: entries.expr.map.entries(),
    doc="The entries as an array of structs of key and value.",
    examples=(Example("SELECT map_entries(MAP {'a': 1})[1].value", "1"),),
)
