"""
to_timestamp(value, [format, ...]): the moment that a text or a number of seconds since 1970 stands
for.
"""

import polars as pl

from query_engine.functions.function import (
    TIME,
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.interval import NS_PER_SECOND
from query_engine.functions.time.parsing import FORMAT, moment


def build(value: Argument, *formats: Argument) -> pl.Expr:
    """Read text, scale numbers, leave timestamps."""
    return moment(value, formats, NS_PER_SECOND)


TO_TIMESTAMP = ScalarFunction(
    name="to_timestamp",
    group="Time",
    parameters=(Parameter("value", Kind.ANY), FORMAT),
    returns=TIME,
    build=build,
    doc=(
        "The moment that a text or a number of seconds since 1970 stands for. Text is RFC 3339, or "
        "is read in the first of the strftime formats that fits."
    ),
    examples=(
        Example("SELECT to_timestamp('2026-03-05T17:31:09+02:00')", "2026-03-05T15:31:09Z"),
        Example("SELECT to_timestamp(1.5)", "1970-01-01T00:00:01.500Z"),
        Example(
            "SELECT to_timestamp('05/03/2026 17:31', '%d/%m/%Y %H:%M')", "2026-03-05T17:31:00Z"
        ),
    ),
)
