"""sqrt(x): the square root; NaN below zero."""

from query_engine.functions.shapes import float_function

SQRT = float_function(
    "sqrt",
    lambda x: x.sqrt(),
    "The square root; NaN below zero.",
    ("sqrt(9)", "3.0"),
)
