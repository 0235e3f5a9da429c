"""reverse(text): the characters in reverse order."""

from query_engine.functions.shapes import text_function

REVERSE = text_function(
    "reverse",
    lambda text: text.expr.str.reverse(),
    "The characters in reverse order.",
    ("reverse('abc')", "cba"),
)
