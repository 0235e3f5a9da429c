"""to_timestamp_millis(value, [format, ...]): the moment a value stands for."""

from query_engine.functions.time.parsing import unit_function

TO_TIMESTAMP_MILLIS = unit_function(
    "to_timestamp_millis",
    "milliseconds",
    1_000_000,
    ("to_timestamp_millis(1770000000000)", "2026-02-02T02:40:00Z"),
)
