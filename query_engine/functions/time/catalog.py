"""Functions of timestamps and intervals, in the order of the reference page."""

from query_engine.functions.function import ScalarFunction
from query_engine.functions.time.current_date import CURRENT_DATE
from query_engine.functions.time.current_time import CURRENT_TIME
from query_engine.functions.time.date_bin import DATE_BIN
from query_engine.functions.time.date_part import DATE_PART
from query_engine.functions.time.date_trunc import DATE_TRUNC
from query_engine.functions.time.from_unixtime import FROM_UNIXTIME
from query_engine.functions.time.make_date import MAKE_DATE
from query_engine.functions.time.make_time import MAKE_TIME
from query_engine.functions.time.now import NOW
from query_engine.functions.time.to_char import TO_CHAR
from query_engine.functions.time.to_date import TO_DATE
from query_engine.functions.time.to_local_time import TO_LOCAL_TIME
from query_engine.functions.time.to_time import TO_TIME
from query_engine.functions.time.to_timestamp import TO_TIMESTAMP
from query_engine.functions.time.to_timestamp_micros import TO_TIMESTAMP_MICROS
from query_engine.functions.time.to_timestamp_millis import TO_TIMESTAMP_MILLIS
from query_engine.functions.time.to_timestamp_nanos import TO_TIMESTAMP_NANOS
from query_engine.functions.time.to_timestamp_seconds import TO_TIMESTAMP_SECONDS
from query_engine.functions.time.to_unixtime import TO_UNIXTIME

TIME: tuple[ScalarFunction, ...] = (
    CURRENT_DATE,
    CURRENT_TIME,
    DATE_BIN,
    DATE_PART,
    DATE_TRUNC,
    FROM_UNIXTIME,
    MAKE_DATE,
    MAKE_TIME,
    NOW,
    TO_CHAR,
    TO_DATE,
    TO_LOCAL_TIME,
    TO_TIME,
    TO_TIMESTAMP,
    TO_TIMESTAMP_MICROS,
    TO_TIMESTAMP_MILLIS,
    TO_TIMESTAMP_NANOS,
    TO_TIMESTAMP_SECONDS,
    TO_UNIXTIME,
)
