"""tanh(x): the hyperbolic tangent."""

from query_engine.functions.shapes import float_function

TANH = float_function(
    "tanh",
    lambda x: x.tanh(),
    "The hyperbolic tangent.",
    ("tanh(0)", "0.0"),
)
