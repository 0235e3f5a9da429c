"""radians(x): degrees to radians."""

from query_engine.functions.shapes import float_function

RADIANS = float_function(
    "radians",
    lambda x: x.radians(),
    "Degrees to radians.",
    ("radians(0)", "0.0"),
)
