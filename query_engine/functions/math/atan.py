"""atan(x): the angle in radians whose tangent is x."""

from query_engine.functions.shapes import float_function

ATAN = float_function(
    "atan",
    lambda x: x.arctan(),
    "The angle in radians whose tangent is x.",
    ("atan(0)", "0.0"),
)
