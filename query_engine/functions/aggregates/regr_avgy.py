"""regr_avgy(y, x): the mean of y over the pairs."""

from query_engine.functions.aggregates.pairs import pair_function

REGR_AVGY = pair_function(
    "regr_avgy",
    lambda pairs: pairs.y.mean(),
    "The mean of y over the pairs.",
    ("round(regr_avgy(x, x), 3)", "1.667"),
)
