"""length(text): how many characters the text has."""

import polars as pl

from query_engine.functions.shapes import text_function

LENGTH = text_function(
    "length",
    lambda text: text.expr.str.len_chars().cast(pl.Int64),
    "How many characters the text has.",
    ("length('naïve')", "5"),
    returns=pl.Int64(),
    aliases=("char_length", "character_length"),
)
