"""regr_count(y, x): how many pairs have neither number NULL."""

import polars as pl

from query_engine.functions.aggregates.pairs import pair_function

REGR_COUNT = pair_function(
    "regr_count",
    lambda pairs: pairs.count,
    "How many pairs have neither number NULL.",
    ("regr_count(x, x)", "3"),
    returns=pl.Int64(),
)
