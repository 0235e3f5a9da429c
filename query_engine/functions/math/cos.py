"""cos(x): the cosine of an angle in radians."""

from query_engine.functions.shapes import float_function

COS = float_function(
    "cos",
    lambda x: x.cos(),
    "The cosine of an angle in radians.",
    ("cos(0)", "1.0"),
)
