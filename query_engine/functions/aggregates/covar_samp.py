"""covar_samp(y, x): the covariance of a sample."""

from query_engine.functions.aggregates.pairs import pair_function

COVAR_SAMP = pair_function(
    "covar_samp",
    lambda pairs: pairs.covariance(1),
    "The covariance of a sample; NULL for fewer than two pairs.",
    ("round(covar_samp(x, x), 3)", "0.333"),
    aliases=("covar",),
)
