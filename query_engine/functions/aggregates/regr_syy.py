"""regr_syy(y, x): the sum of the squared distances of y from its mean."""

import polars as pl

from query_engine.functions.aggregates.pairs import pair_function

REGR_SYY = pair_function(
    "regr_syy",
    lambda pairs: pl.when(pairs.count > 0).then(pairs.y.var(ddof=0) * pairs.count),
    "The sum of the squared distances of y from its mean.",
    ("round(regr_syy(x, x), 3)", "0.667"),
)
