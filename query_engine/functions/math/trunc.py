"""trunc(x, [digits]): cut off all but so many digits after the point (0 if left out)."""

from query_engine.functions.shapes import rounding_function

TRUNC = rounding_function(
    "trunc",
    lambda scaled: scaled.truncate(),
    "Cut off all but so many digits after the point (0 if left out).",
    ("trunc(-2.7)", "-2.0"),
    ("trunc(3.14159, 2)", "3.14"),
)
