"""Functions of arrays, in the order of the reference page."""

from query_engine.functions.arrays.array_add import ARRAY_ADD
from query_engine.functions.arrays.array_any_value import ARRAY_ANY_VALUE
from query_engine.functions.arrays.array_append import ARRAY_APPEND
from query_engine.functions.arrays.array_avg import ARRAY_AVG
from query_engine.functions.arrays.array_compact import ARRAY_COMPACT
from query_engine.functions.arrays.array_concat import ARRAY_CONCAT
from query_engine.functions.arrays.array_dims import ARRAY_DIMS
from query_engine.functions.arrays.array_distance import ARRAY_DISTANCE
from query_engine.functions.arrays.array_distinct import ARRAY_DISTINCT
from query_engine.functions.arrays.array_element import ARRAY_ELEMENT
from query_engine.functions.arrays.array_except import ARRAY_EXCEPT
from query_engine.functions.arrays.array_has import ARRAY_HAS
from query_engine.functions.arrays.array_has_all import ARRAY_HAS_ALL
from query_engine.functions.arrays.array_has_any import ARRAY_HAS_ANY
from query_engine.functions.arrays.array_intersect import ARRAY_INTERSECT
from query_engine.functions.arrays.array_length import ARRAY_LENGTH
from query_engine.functions.arrays.array_max import ARRAY_MAX
from query_engine.functions.arrays.array_min import ARRAY_MIN
from query_engine.functions.arrays.array_ndims import ARRAY_NDIMS
from query_engine.functions.arrays.array_normalize import ARRAY_NORMALIZE
from query_engine.functions.arrays.array_pop_back import ARRAY_POP_BACK
from query_engine.functions.arrays.array_pop_front import ARRAY_POP_FRONT
from query_engine.functions.arrays.array_position import ARRAY_POSITION
from query_engine.functions.arrays.array_positions import ARRAY_POSITIONS
from query_engine.functions.arrays.array_prepend import ARRAY_PREPEND
from query_engine.functions.arrays.array_product import ARRAY_PRODUCT
from query_engine.functions.arrays.array_remove import ARRAY_REMOVE
from query_engine.functions.arrays.array_remove_all import ARRAY_REMOVE_ALL
from query_engine.functions.arrays.array_remove_n import ARRAY_REMOVE_N
from query_engine.functions.arrays.array_repeat import ARRAY_REPEAT
from query_engine.functions.arrays.array_replace import ARRAY_REPLACE
from query_engine.functions.arrays.array_replace_all import ARRAY_REPLACE_ALL
from query_engine.functions.arrays.array_replace_n import ARRAY_REPLACE_N
from query_engine.functions.arrays.array_resize import ARRAY_RESIZE
from query_engine.functions.arrays.array_reverse import ARRAY_REVERSE
from query_engine.functions.arrays.array_scale import ARRAY_SCALE
from query_engine.functions.arrays.array_slice import ARRAY_SLICE
from query_engine.functions.arrays.array_sort import ARRAY_SORT
from query_engine.functions.arrays.array_subtract import ARRAY_SUBTRACT
from query_engine.functions.arrays.array_sum import ARRAY_SUM
from query_engine.functions.arrays.array_to_string import ARRAY_TO_STRING
from query_engine.functions.arrays.array_union import ARRAY_UNION
from query_engine.functions.arrays.arrays_zip import ARRAYS_ZIP
from query_engine.functions.arrays.cardinality import CARDINALITY
from query_engine.functions.arrays.cosine_distance import COSINE_DISTANCE
from query_engine.functions.arrays.empty import EMPTY
from query_engine.functions.arrays.flatten import FLATTEN
from query_engine.functions.arrays.generate_series import GENERATE_SERIES
from query_engine.functions.arrays.inner_product import INNER_PRODUCT
from query_engine.functions.arrays.make_array import MAKE_ARRAY
from query_engine.functions.arrays.range import RANGE
from query_engine.functions.arrays.string_to_array import STRING_TO_ARRAY
from query_engine.functions.function import ScalarFunction

ARRAYS: tuple[ScalarFunction, ...] = (
    ARRAY_ADD,
    ARRAY_ANY_VALUE,
    ARRAY_APPEND,
    ARRAY_AVG,
    ARRAY_COMPACT,
    ARRAY_CONCAT,
    ARRAY_DIMS,
    ARRAY_DISTANCE,
    ARRAY_DISTINCT,
    ARRAY_ELEMENT,
    ARRAY_EXCEPT,
    ARRAY_HAS,
    ARRAY_HAS_ALL,
    ARRAY_HAS_ANY,
    ARRAY_INTERSECT,
    ARRAY_LENGTH,
    ARRAY_MAX,
    ARRAY_MIN,
    ARRAY_NDIMS,
    ARRAY_NORMALIZE,
    ARRAY_POP_BACK,
    ARRAY_POP_FRONT,
    ARRAY_POSITION,
    ARRAY_POSITIONS,
    ARRAY_PREPEND,
    ARRAY_PRODUCT,
    ARRAY_REMOVE,
    ARRAY_REMOVE_ALL,
    ARRAY_REMOVE_N,
    ARRAY_REPEAT,
    ARRAY_REPLACE,
    ARRAY_REPLACE_ALL,
    ARRAY_REPLACE_N,
    ARRAY_RESIZE,
    ARRAY_REVERSE,
    ARRAY_SCALE,
    ARRAY_SLICE,
    ARRAY_SORT,
    ARRAY_SUBTRACT,
    ARRAY_SUM,
    ARRAY_TO_STRING,
    ARRAY_UNION,
    ARRAYS_ZIP,
    CARDINALITY,
    COSINE_DISTANCE,
    EMPTY,
    FLATTEN,
    GENERATE_SERIES,
    INNER_PRODUCT,
    MAKE_ARRAY,
    RANGE,
    STRING_TO_ARRAY,
)
