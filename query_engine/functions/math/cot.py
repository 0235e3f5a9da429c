"""cot(x): the cotangent of an angle in radians."""

from query_engine.functions.shapes import float_function

COT = float_function(
    "cot",
    lambda x: 1 / x.tan(),
    "The cotangent of an angle in radians.",
    ("round(cot(1), 3)", "0.642"),
)
