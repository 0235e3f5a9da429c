"""degrees(x): radians to degrees."""

from query_engine.functions.shapes import float_function

DEGREES = float_function(
    "degrees",
    lambda x: x.degrees(),
    "Radians to degrees.",
    ("degrees(0)", "0.0"),
)
