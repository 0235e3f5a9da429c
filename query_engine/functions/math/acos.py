"""acos(x): the angle in radians whose cosine is x."""

from query_engine.functions.shapes import float_function

ACOS = float_function(
    "acos",
    lambda x: x.arccos(),
    "The angle in radians whose cosine is x.",
    ("acos(1)", "0.0"),
)
