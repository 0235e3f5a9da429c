"""to_timestamp_micros(value, [format, ...]): the moment a value stands for."""

from query_engine.functions.time.parsing import unit_function

TO_TIMESTAMP_MICROS = unit_function(
    "to_timestamp_micros",
    "microseconds",
    1_000,
    ("to_timestamp_micros(1770000000000000)", "2026-02-02T02:40:00Z"),
)
