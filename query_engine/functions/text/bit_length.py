"""bit_length(text): how many bits the text has in UTF-8."""

import polars as pl

from query_engine.functions.shapes import text_function

BIT_LENGTH = text_function(
    "bit_length",
    lambda text: text.expr.str.len_bytes().cast(pl.Int64) * 8,
    "How many bits the text has in UTF-8.",
    ("bit_length('abc')", "24"),
    returns=pl.Int64(),
)
