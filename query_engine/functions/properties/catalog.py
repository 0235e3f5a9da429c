"""Functions of maps: the properties of events and processes, in the order of the reference page."""

from query_engine.functions.function import ScalarFunction
from query_engine.functions.properties.properties_length import PROPERTIES_LENGTH
from query_engine.functions.properties.property_get import PROPERTY_GET
from query_engine.functions.properties.property_keys import PROPERTY_KEYS
from query_engine.functions.properties.property_map import PROPERTY_MAP

PROPERTIES: tuple[ScalarFunction, ...] = (
    PROPERTIES_LENGTH,
    PROPERTY_GET,
    PROPERTY_KEYS,
    PROPERTY_MAP,
)
