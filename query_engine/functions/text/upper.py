"""upper(text): the text in upper case."""

from query_engine.functions.shapes import text_function

UPPER = text_function(
    "upper",
    lambda text: text.expr.str.to_uppercase(),
    "The text in upper case.",
    ("upper('warn')", "WARN"),
)
