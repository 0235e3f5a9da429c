"""
Every SQL function, in the order of the reference page.

Adding a function is one file and its line in one of the two tuples.
"""

from query_engine.functions.aggregates.any_value import ANY_VALUE
from query_engine.functions.aggregates.approx_distinct import APPROX_DISTINCT
from query_engine.functions.aggregates.approx_percentile_cont import APPROX_PERCENTILE_CONT
from query_engine.functions.aggregates.array_agg import ARRAY_AGG
from query_engine.functions.aggregates.avg import AVG
from query_engine.functions.aggregates.bool_and import BOOL_AND
from query_engine.functions.aggregates.bool_or import BOOL_OR
from query_engine.functions.aggregates.count import COUNT
from query_engine.functions.aggregates.first_value import FIRST_VALUE
from query_engine.functions.aggregates.last_value import LAST_VALUE
from query_engine.functions.aggregates.max import MAX
from query_engine.functions.aggregates.median import MEDIAN
from query_engine.functions.aggregates.min import MIN
from query_engine.functions.aggregates.stddev import STDDEV
from query_engine.functions.aggregates.stddev_pop import STDDEV_POP
from query_engine.functions.aggregates.string_agg import STRING_AGG
from query_engine.functions.aggregates.sum import SUM
from query_engine.functions.aggregates.var import VAR
from query_engine.functions.aggregates.var_pop import VAR_POP
from query_engine.functions.arrays.array_has import ARRAY_HAS
from query_engine.functions.arrays.array_length import ARRAY_LENGTH
from query_engine.functions.arrays.array_position import ARRAY_POSITION
from query_engine.functions.arrays.array_to_string import ARRAY_TO_STRING
from query_engine.functions.arrays.string_to_array import STRING_TO_ARRAY
from query_engine.functions.choice.coalesce import COALESCE
from query_engine.functions.choice.greatest import GREATEST
from query_engine.functions.choice.least import LEAST
from query_engine.functions.choice.nanvl import NANVL
from query_engine.functions.choice.nullif import NULLIF
from query_engine.functions.choice.nvl import NVL
from query_engine.functions.function import AggregateFunction, ScalarFunction
from query_engine.functions.math.abs import ABS
from query_engine.functions.math.acos import ACOS
from query_engine.functions.math.asin import ASIN
from query_engine.functions.math.atan import ATAN
from query_engine.functions.math.atan2 import ATAN2
from query_engine.functions.math.cbrt import CBRT
from query_engine.functions.math.ceil import CEIL
from query_engine.functions.math.cos import COS
from query_engine.functions.math.degrees import DEGREES
from query_engine.functions.math.exp import EXP
from query_engine.functions.math.floor import FLOOR
from query_engine.functions.math.isnan import ISNAN
from query_engine.functions.math.ln import LN
from query_engine.functions.math.log import LOG
from query_engine.functions.math.log2 import LOG2
from query_engine.functions.math.log10 import LOG10
from query_engine.functions.math.mod import MOD
from query_engine.functions.math.pi import PI
from query_engine.functions.math.power import POWER
from query_engine.functions.math.radians import RADIANS
from query_engine.functions.math.round import ROUND
from query_engine.functions.math.sign import SIGN
from query_engine.functions.math.sin import SIN
from query_engine.functions.math.sqrt import SQRT
from query_engine.functions.math.tan import TAN
from query_engine.functions.math.trunc import TRUNC
from query_engine.functions.properties.properties_length import PROPERTIES_LENGTH
from query_engine.functions.properties.property_get import PROPERTY_GET
from query_engine.functions.properties.property_keys import PROPERTY_KEYS
from query_engine.functions.properties.property_map import PROPERTY_MAP
from query_engine.functions.text.btrim import BTRIM
from query_engine.functions.text.concat import CONCAT
from query_engine.functions.text.concat_ws import CONCAT_WS
from query_engine.functions.text.contains import CONTAINS
from query_engine.functions.text.decode import DECODE
from query_engine.functions.text.encode import ENCODE
from query_engine.functions.text.ends_with import ENDS_WITH
from query_engine.functions.text.initcap import INITCAP
from query_engine.functions.text.left import LEFT
from query_engine.functions.text.length import LENGTH
from query_engine.functions.text.lower import LOWER
from query_engine.functions.text.lpad import LPAD
from query_engine.functions.text.ltrim import LTRIM
from query_engine.functions.text.octet_length import OCTET_LENGTH
from query_engine.functions.text.regexp_count import REGEXP_COUNT
from query_engine.functions.text.regexp_like import REGEXP_LIKE
from query_engine.functions.text.regexp_replace import REGEXP_REPLACE
from query_engine.functions.text.repeat import REPEAT
from query_engine.functions.text.replace import REPLACE
from query_engine.functions.text.reverse import REVERSE
from query_engine.functions.text.right import RIGHT
from query_engine.functions.text.rpad import RPAD
from query_engine.functions.text.rtrim import RTRIM
from query_engine.functions.text.split_part import SPLIT_PART
from query_engine.functions.text.starts_with import STARTS_WITH
from query_engine.functions.text.strpos import STRPOS
from query_engine.functions.text.substr import SUBSTR
from query_engine.functions.text.upper import UPPER
from query_engine.functions.time.current_date import CURRENT_DATE
from query_engine.functions.time.date_bin import DATE_BIN
from query_engine.functions.time.date_part import DATE_PART
from query_engine.functions.time.date_trunc import DATE_TRUNC
from query_engine.functions.time.now import NOW
from query_engine.functions.time.to_char import TO_CHAR
from query_engine.functions.time.to_timestamp import TO_TIMESTAMP
from query_engine.functions.time.to_timestamp_micros import TO_TIMESTAMP_MICROS
from query_engine.functions.time.to_timestamp_millis import TO_TIMESTAMP_MILLIS
from query_engine.functions.time.to_timestamp_nanos import TO_TIMESTAMP_NANOS
from query_engine.functions.time.to_timestamp_seconds import TO_TIMESTAMP_SECONDS
from query_engine.functions.time.to_unixtime import TO_UNIXTIME

FUNCTIONS: tuple[ScalarFunction, ...] = (
    ABS,
    ACOS,
    ASIN,
    ATAN,
    ATAN2,
    CBRT,
    CEIL,
    COS,
    DEGREES,
    EXP,
    FLOOR,
    ISNAN,
    LN,
    LOG,
    LOG10,
    LOG2,
    MOD,
    PI,
    POWER,
    RADIANS,
    ROUND,
    SIGN,
    SIN,
    SQRT,
    TAN,
    TRUNC,
    BTRIM,
    CONCAT,
    CONCAT_WS,
    CONTAINS,
    DECODE,
    ENCODE,
    ENDS_WITH,
    INITCAP,
    LEFT,
    LENGTH,
    LOWER,
    LPAD,
    LTRIM,
    OCTET_LENGTH,
    REGEXP_COUNT,
    REGEXP_LIKE,
    REGEXP_REPLACE,
    REPEAT,
    REPLACE,
    REVERSE,
    RIGHT,
    RPAD,
    RTRIM,
    SPLIT_PART,
    STARTS_WITH,
    STRPOS,
    SUBSTR,
    UPPER,
    CURRENT_DATE,
    DATE_BIN,
    DATE_PART,
    DATE_TRUNC,
    NOW,
    TO_CHAR,
    TO_TIMESTAMP,
    TO_TIMESTAMP_MICROS,
    TO_TIMESTAMP_MILLIS,
    TO_TIMESTAMP_NANOS,
    TO_TIMESTAMP_SECONDS,
    TO_UNIXTIME,
    COALESCE,
    GREATEST,
    LEAST,
    NANVL,
    NULLIF,
    NVL,
    ARRAY_HAS,
    ARRAY_LENGTH,
    ARRAY_POSITION,
    ARRAY_TO_STRING,
    STRING_TO_ARRAY,
    PROPERTIES_LENGTH,
    PROPERTY_GET,
    PROPERTY_KEYS,
    PROPERTY_MAP,
)

AGGREGATES: tuple[AggregateFunction, ...] = (
    ANY_VALUE,
    APPROX_DISTINCT,
    APPROX_PERCENTILE_CONT,
    ARRAY_AGG,
    AVG,
    BOOL_AND,
    BOOL_OR,
    COUNT,
    FIRST_VALUE,
    LAST_VALUE,
    MAX,
    MEDIAN,
    MIN,
    STDDEV,
    STDDEV_POP,
    STRING_AGG,
    SUM,
    VAR,
    VAR_POP,
)

SCALARS_BY_NAME: dict[str, ScalarFunction] = {
    name: function for function in FUNCTIONS for name in (function.name, *function.aliases)
}
AGGREGATES_BY_NAME: dict[str, AggregateFunction] = {
    name: function for function in AGGREGATES for name in (function.name, *function.aliases)
}
