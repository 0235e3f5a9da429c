"""regr_intercept(y, x): where the line that fits the pairs best meets x = 0."""

from query_engine.functions.aggregates.pairs import pair_function

REGR_INTERCEPT = pair_function(
    "regr_intercept",
    lambda pairs: pairs.y.mean() - pairs.slope * pairs.x.mean(),
    "Where the line that fits the pairs best meets x = 0; NULL if all x are the same.",
    ("round(regr_intercept(2 * x + 1, x), 6)", "1.0"),
)
