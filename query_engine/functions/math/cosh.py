"""cosh(x): the hyperbolic cosine."""

from query_engine.functions.shapes import float_function

COSH = float_function(
    "cosh",
    lambda x: x.cosh(),
    "The hyperbolic cosine.",
    ("cosh(0)", "1.0"),
)
