"""Functions of arrays, in the order of the reference page."""

from query_engine.functions.arrays.array_has import ARRAY_HAS
from query_engine.functions.arrays.array_length import ARRAY_LENGTH
from query_engine.functions.arrays.array_position import ARRAY_POSITION
from query_engine.functions.arrays.array_to_string import ARRAY_TO_STRING
from query_engine.functions.arrays.string_to_array import STRING_TO_ARRAY
from query_engine.functions.function import ScalarFunction

ARRAYS: tuple[ScalarFunction, ...] = (
    ARRAY_HAS,
    ARRAY_LENGTH,
    ARRAY_POSITION,
    ARRAY_TO_STRING,
    STRING_TO_ARRAY,
)
