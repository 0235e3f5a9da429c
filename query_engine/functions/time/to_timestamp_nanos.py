"""to_timestamp_nanos(value, [format, ...]): the moment a value stands for."""

from query_engine.functions.time.parsing import unit_function

TO_TIMESTAMP_NANOS = unit_function(
    "to_timestamp_nanos",
    "nanoseconds",
    1,
    ("to_timestamp_nanos(1770000000000000000)", "2026-02-02T02:40:00Z"),
)
