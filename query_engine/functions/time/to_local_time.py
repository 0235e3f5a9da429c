"""to_local_time(time): the time itself; all times are UTC."""

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
    parameters=(Parameter("time", Kind.TIME),),
    returns=TIME,
    build=lambda time: time.expr,
    doc="The time itself: it is for timestamps with a zone, and all of ours are UTC.",
    examples=(
        Example("SELECT to_local_time(TIMESTAMP '2026-03-05T17:31:09Z')", "2026-03-05T17:31:09Z"),
    ),
)
