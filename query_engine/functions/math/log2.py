"""log2(x): the logarithm to base 2."""

from query_engine.functions.shapes import float_function

LOG2 = float_function(
    "log2",
    lambda x: x.log(2),
    "The logarithm to base 2.",
    ("log2(8)", "3.0"),
)
