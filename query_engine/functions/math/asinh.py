"""asinh(x): the inverse hyperbolic sine."""

from query_engine.functions.shapes import float_function

ASINH = float_function(
    "asinh",
    lambda x: x.arcsinh(),
    "The inverse hyperbolic sine.",
    ("asinh(0)", "0.0"),
)
