"""tan(x): the tangent of an angle in radians."""

from query_engine.functions.shapes import float_function

TAN = float_function(
    "tan",
    lambda x: x.tan(),
    "The tangent of an angle in radians.",
    ("tan(0)", "0.0"),
)
