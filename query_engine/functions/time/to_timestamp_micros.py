"""to_timestamp_micros(n): the moment that many microseconds after 1970-01-01T00:00:00Z."""

from query_engine.functions.function import (
    TIME,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

TO_TIMESTAMP_MICROS = ScalarFunction(
    name="to_timestamp_micros",
    group="Time",
    parameters=(Parameter("n", Kind.INTEGER),),
    returns=TIME,
    build=lambda n: (n.expr * 1_000).cast(TIME),
    doc="The moment that many microseconds after 1970-01-01T00:00:00Z.",
    examples=(Example("SELECT to_timestamp_micros(1770000000000000)", "2026-02-02T02:40:00Z"),),
)
