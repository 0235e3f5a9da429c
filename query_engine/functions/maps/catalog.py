"""Functions of maps, in the order of the reference page."""

from query_engine.functions.function import ScalarFunction
from query_engine.functions.maps.map import MAP
from query_engine.functions.maps.map_entries import MAP_ENTRIES
from query_engine.functions.maps.map_extract import MAP_EXTRACT
from query_engine.functions.maps.map_values import MAP_VALUES

MAPS: tuple[ScalarFunction, ...] = (MAP, MAP_ENTRIES, MAP_EXTRACT, MAP_VALUES)
