"""Functions of maps: the properties of events and processes, in the order of the reference page."""

from query_engine.functions.function import ScalarFunction
from query_engine.functions.properties.properties_length import PROPERTIES_LENGTH
from query_engine.functions.properties.properties_to_array import PROPERTIES_TO_ARRAY
from query_engine.functions.properties.properties_to_dict import PROPERTIES_TO_DICT
from query_engine.functions.properties.properties_to_jsonb import PROPERTIES_TO_JSONB
from query_engine.functions.properties.property_get import PROPERTY_GET
from query_engine.functions.properties.property_keys import PROPERTY_KEYS
from query_engine.functions.properties.property_map import PROPERTY_MAP
from query_engine.functions.properties.typed_properties import TYPED_PROPERTIES

PROPERTIES: tuple[ScalarFunction, ...] = (
    PROPERTIES_LENGTH,
    PROPERTIES_TO_ARRAY,
    PROPERTIES_TO_DICT,
    PROPERTIES_TO_JSONB,
    PROPERTY_GET,
    PROPERTY_KEYS,
    PROPERTY_MAP,
    TYPED_PROPERTIES,
)
