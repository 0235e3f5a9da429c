"""covar_pop(y, x): the covariance of a whole population."""

from query_engine.functions.aggregates.pairs import pair_function

COVAR_POP = pair_function(
    "covar_pop",
    lambda pairs: pairs.covariance(0),
    "The covariance of a whole population.",
    ("round(covar_pop(x, x), 3)", "0.222"),
)
