"""corr(y, x): how closely two numbers follow a line, from -1 to 1."""

from query_engine.functions.aggregates.pairs import pair_function

CORR = pair_function(
    "corr",
    lambda pairs: pairs.correlation,
    "How closely two numbers follow a line, from -1 to 1; NULL if one of them never changes.",
    ("round(corr(x, 2 * x), 6)", "1.0"),
)
