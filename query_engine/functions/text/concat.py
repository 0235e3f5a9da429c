"""concat(value, ...): the values as one text; NULLs are left out."""

import polars as pl

from query_engine.functions.function import (
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)

CONCAT = ScalarFunction(
    name="concat",
    group="Text",
    parameters=(Parameter("value", Kind.SHOWABLE, variadic=True),),
    returns=pl.String(),
    build=lambda *values: pl.concat_str([value.expr for value in values], ignore_nulls=True),
    doc="The values as one text; NULLs are left out.",
    examples=(Example("SELECT concat('a', NULL, 1)", "a1"),),
    strict=False,
)
