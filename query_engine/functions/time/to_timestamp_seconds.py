"""to_timestamp_seconds(value, [format, ...]): the moment a value stands for."""

from query_engine.functions.interval import NS_PER_SECOND
from query_engine.functions.time.parsing import unit_function

TO_TIMESTAMP_SECONDS = unit_function(
    "to_timestamp_seconds",
    "seconds",
    NS_PER_SECOND,
    ("to_timestamp_seconds(1770000000)", "2026-02-02T02:40:00Z"),
)
