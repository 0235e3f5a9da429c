"""ln(x): the natural logarithm."""

from query_engine.functions.shapes import float_function

LN = float_function(
    "ln",
    lambda x: x.log(),
    "The natural logarithm.",
    ("ln(1)", "0.0"),
)
