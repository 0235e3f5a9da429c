"""rpad(text, length, [fill]): the text filled up at its end to a length; longer texts are cut."""

from query_engine.functions.shapes import padding_function

RPAD = padding_function(
    "rpad",
    lambda text, filling: text + filling,
    "The text filled up at its end to a length; longer texts are cut.",
    ("rpad('ab', 4, '.')", "ab.."),
    at_start=False,
)
