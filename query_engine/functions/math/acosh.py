"""acosh(x): the inverse hyperbolic cosine; NaN below 1."""

from query_engine.functions.shapes import float_function

ACOSH = float_function(
    "acosh",
    lambda x: x.arccosh(),
    "The inverse hyperbolic cosine; NaN below 1.",
    ("acosh(1)", "0.0"),
)
