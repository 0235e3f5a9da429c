"""regr_sxy(y, x): the sum of the products of the distances of x and y from their means."""

from query_engine.functions.aggregates.pairs import pair_function

REGR_SXY = pair_function(
    "regr_sxy",
    lambda pairs: pairs.covariance(0) * pairs.count,
    "The sum of the products of the distances of x and y from their means.",
    ("round(regr_sxy(x, x), 3)", "0.667"),
)
