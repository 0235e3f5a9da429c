"""regr_r2(y, x): how much of y the line that fits best explains, from 0 to 1."""

from query_engine.functions.aggregates.pairs import pair_function

REGR_R2 = pair_function(
    "regr_r2",
    lambda pairs: pairs.correlation.pow(2),
    "How much of y the line that fits best explains, from 0 to 1; NULL if x or y never changes.",
    ("round(regr_r2(2 * x, x), 6)", "1.0"),
)
