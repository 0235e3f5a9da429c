"""sin(x): the sine of an angle in radians."""

from query_engine.functions.shapes import float_function

SIN = float_function(
    "sin",
    lambda x: x.sin(),
    "The sine of an angle in radians.",
    ("sin(0)", "0.0"),
)
