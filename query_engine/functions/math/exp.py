"""exp(x): e raised to the power x."""

from query_engine.functions.shapes import float_function

EXP = float_function(
    "exp",
    lambda x: x.exp(),
    "e raised to the power x.",
    ("exp(0)", "1.0"),
)
