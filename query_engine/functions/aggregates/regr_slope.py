"""regr_slope(y, x): the slope of the line that fits the pairs best."""

from query_engine.functions.aggregates.pairs import pair_function

REGR_SLOPE = pair_function(
    "regr_slope",
    lambda pairs: pairs.slope,
    "The slope of the line that fits the pairs best; NULL if all x are the same.",
    ("round(regr_slope(2 * x, x), 6)", "2.0"),
)
