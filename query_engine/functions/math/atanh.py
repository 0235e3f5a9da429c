"""atanh(x): the inverse hyperbolic tangent; NaN beyond -1 and 1."""

from query_engine.functions.shapes import float_function

ATANH = float_function(
    "atanh",
    lambda x: x.arctanh(),
    "The inverse hyperbolic tangent; NaN beyond -1 and 1.",
    ("atanh(0)", "0.0"),
)
