"""Functions of text, in the order of the reference page."""

from query_engine.functions.function import ScalarFunction
from query_engine.functions.text.ascii import ASCII
from query_engine.functions.text.bit_length import BIT_LENGTH
from query_engine.functions.text.btrim import BTRIM
from query_engine.functions.text.chr import CHR
from query_engine.functions.text.concat import CONCAT
from query_engine.functions.text.concat_ws import CONCAT_WS
from query_engine.functions.text.contains import CONTAINS
from query_engine.functions.text.decode import DECODE
from query_engine.functions.text.encode import ENCODE
from query_engine.functions.text.ends_with import ENDS_WITH
from query_engine.functions.text.find_in_set import FIND_IN_SET
from query_engine.functions.text.initcap import INITCAP
from query_engine.functions.text.left import LEFT
from query_engine.functions.text.length import LENGTH
from query_engine.functions.text.levenshtein import LEVENSHTEIN
from query_engine.functions.text.lower import LOWER
from query_engine.functions.text.lpad import LPAD
from query_engine.functions.text.ltrim import LTRIM
from query_engine.functions.text.octet_length import OCTET_LENGTH
from query_engine.functions.text.overlay import OVERLAY
from query_engine.functions.text.regexp_count import REGEXP_COUNT
from query_engine.functions.text.regexp_instr import REGEXP_INSTR
from query_engine.functions.text.regexp_like import REGEXP_LIKE
from query_engine.functions.text.regexp_match import REGEXP_MATCH
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
from query_engine.functions.text.substr_index import SUBSTR_INDEX
from query_engine.functions.text.to_hex import TO_HEX
from query_engine.functions.text.translate import TRANSLATE
from query_engine.functions.text.upper import UPPER
from query_engine.functions.text.uuid import UUID
from query_engine.functions.text.version import VERSION

TEXT: tuple[ScalarFunction, ...] = (
    ASCII,
    BIT_LENGTH,
    BTRIM,
    CHR,
    CONCAT,
    CONCAT_WS,
    CONTAINS,
    DECODE,
    ENCODE,
    ENDS_WITH,
    FIND_IN_SET,
    INITCAP,
    LEFT,
    LENGTH,
    LEVENSHTEIN,
    LOWER,
    LPAD,
    LTRIM,
    OCTET_LENGTH,
    OVERLAY,
    REGEXP_COUNT,
    REGEXP_INSTR,
    REGEXP_LIKE,
    REGEXP_MATCH,
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
    SUBSTR_INDEX,
    TO_HEX,
    TRANSLATE,
    UPPER,
    UUID,
    VERSION,
)
