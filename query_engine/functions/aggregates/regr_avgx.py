"""regr_avgx(y, x): the mean of x over the pairs."""

from query_engine.functions.aggregates.pairs import pair_function

REGR_AVGX = pair_function(
    "regr_avgx",
    lambda pairs: pairs.x.mean(),
    "The mean of x over the pairs.",
    ("round(regr_avgx(x, x), 3)", "1.667"),
)
