"""sinh(x): the hyperbolic sine."""

from query_engine.functions.shapes import float_function

SINH = float_function(
    "sinh",
    lambda x: x.sinh(),
    "The hyperbolic sine.",
    ("sinh(0)", "0.0"),
)
