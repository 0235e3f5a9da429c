"""lpad(text, length, [fill]): the text filled up at its start to a length; longer texts are cut."""

from query_engine.functions.shapes import padding_function

LPAD = padding_function(
    "lpad",
    lambda text, filling: filling + text,
    "The text filled up at its start to a length; longer texts are cut.",
    ("lpad('7', 3, '0')", "007"),
    at_start=True,
)
