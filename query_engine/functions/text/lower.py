"""lower(text): the text in lower case."""

from query_engine.functions.shapes import text_function

LOWER = text_function(
    "lower",
    lambda text: text.expr.str.to_lowercase(),
    "The text in lower case.",
    ("lower('WARN')", "warn"),
)
