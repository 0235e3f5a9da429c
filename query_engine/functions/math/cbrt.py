"""cbrt(x): the cube root."""

from query_engine.functions.shapes import float_function

CBRT = float_function(
    "cbrt",
    lambda x: x.cbrt(),
    "The cube root.",
    ("cbrt(27)", "3.0"),
)
