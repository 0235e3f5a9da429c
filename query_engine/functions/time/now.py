"""now(): the moment at which the query began, the same everywhere in it."""

from query_engine.functions.function import (
    TIME,
    Example,
    ScalarFunction,
)

NOW = ScalarFunction(
    name="now",
    group="Time",
    parameters=(),
    returns=TIME,
    build=lambda moment: moment.expr,
    doc="The moment at which the query began, the same everywhere in it.",
    examples=(Example("SELECT now() = now()", "true"),),
    aliases=("current_timestamp",),
    clock=True,
)
