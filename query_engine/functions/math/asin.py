"""asin(x): the angle in radians whose sine is x."""

from query_engine.functions.shapes import float_function

ASIN = float_function(
    "asin",
    lambda x: x.arcsin(),
    "The angle in radians whose sine is x.",
    ("asin(0)", "0.0"),
)
