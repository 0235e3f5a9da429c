"""Functions of JSON values, in the order of the reference page."""

from query_engine.functions.function import ScalarFunction
from query_engine.functions.json.jsonb_array_length import JSONB_ARRAY_LENGTH
from query_engine.functions.json.jsonb_as_f64 import JSONB_AS_F64
from query_engine.functions.json.jsonb_as_i64 import JSONB_AS_I64
from query_engine.functions.json.jsonb_as_string import JSONB_AS_STRING
from query_engine.functions.json.jsonb_format_json import JSONB_FORMAT_JSON
from query_engine.functions.json.jsonb_get import JSONB_GET
from query_engine.functions.json.jsonb_object_keys import JSONB_OBJECT_KEYS
from query_engine.functions.json.jsonb_parse import JSONB_PARSE
from query_engine.functions.json.jsonb_path_query import JSONB_PATH_QUERY
from query_engine.functions.json.jsonb_path_query_first import JSONB_PATH_QUERY_FIRST

JSON: tuple[ScalarFunction, ...] = (
    JSONB_ARRAY_LENGTH,
    JSONB_AS_F64,
    JSONB_AS_I64,
    JSONB_AS_STRING,
    JSONB_FORMAT_JSON,
    JSONB_GET,
    JSONB_OBJECT_KEYS,
    JSONB_PARSE,
    JSONB_PATH_QUERY,
    JSONB_PATH_QUERY_FIRST,
)
