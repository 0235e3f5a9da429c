"""octet_length(text): how many bytes the text has in UTF-8."""

import polars as pl

from query_engine.functions.shapes import text_function

OCTET_LENGTH = text_function(
    "octet_length",
    lambda text: text.expr.str.len_bytes().cast(pl.Int64),
    "How many bytes the text has in UTF-8.",
    ("octet_length('naïve')", "6"),
    returns=pl.Int64(),
)
