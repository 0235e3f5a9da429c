"""regr_sxx(y, x): the sum of the squared distances of x from its mean."""

import polars as pl

from query_engine.functions.aggregates.pairs import pair_function

REGR_SXX = pair_function(
    "regr_sxx",
    lambda pairs: pl.when(pairs.count > 0).then(pairs.x.var(ddof=0) * pairs.count),
    "The sum of the squared distances of x from its mean.",
    ("round(regr_sxx(x, x), 3)", "0.667"),
)
