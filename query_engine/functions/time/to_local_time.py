"""to_local_time(time): what the clocks of the time's zone show, as a timestamp."""

from query_engine.functions.function import (
    TIME,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

TO_LOCAL_TIME = ScalarFunction(
    name="to_local_time",
    group="Time",
    parameters=(Parameter("time", Kind.ZONED),),
    returns=TIME,
    build=lambda time: time.expr.dt.replace_time_zone(None).dt.replace_time_zone("UTC"),
    doc="What the clocks of the zone of AT TIME ZONE show, as a timestamp.",
    examples=(
        Example(
            "SELECT to_local_time(TIMESTAMP '2026-03-05T17:31:09Z' AT TIME ZONE 'Asia/Tokyo')",
            "2026-03-06T02:31:09Z",
        ),
    ),
)
