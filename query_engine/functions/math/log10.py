"""log10(x): the logarithm to base 10."""

from query_engine.functions.shapes import float_function

LOG10 = float_function(
    "log10",
    lambda x: x.log10(),
    "The logarithm to base 10.",
    ("log10(100)", "2.0"),
)
