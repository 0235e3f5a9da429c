"""to_timestamp_nanos(n): the moment that many nanoseconds after 1970-01-01T00:00:00Z."""

from query_engine.functions.function import (
    TIME,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

TO_TIMESTAMP_NANOS = ScalarFunction(
    name="to_timestamp_nanos",
    group="Time",
    parameters=(Parameter("n", Kind.INTEGER),),
    returns=TIME,
    build=lambda n: n.expr.cast(TIME),
    doc="The moment that many nanoseconds after 1970-01-01T00:00:00Z.",
    examples=(Example("SELECT to_timestamp_nanos(1770000000000000000)", "2026-02-02T02:40:00Z"),),
)
