"""initcap(text): each word with a capital first letter, the rest in lower case."""

from query_engine.functions.shapes import text_function

INITCAP = text_function(
    "initcap",
    lambda text: text.expr.str.to_titlecase(),
    "Each word with a capital first letter, the rest in lower case.",
    ("initcap('hello WORLD')", "Hello World"),
)
