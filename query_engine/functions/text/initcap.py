"""
initcap(text): each word with a capital first letter, the rest in lower case; words are letters
and digits.
"""

import re

import polars as pl

from query_engine.functions.function import Kind, Parameter
from query_engine.functions.shapes import python_function

WORD = re.compile(r"[^\W_]+")


def capitalized(text: str) -> str:
    """Return *text* with its words capitalized."""
    return WORD.sub(lambda word: word[0][0].upper() + word[0][1:].lower(), text)


INITCAP = python_function(
    "initcap",
    capitalized,
    (Parameter("text", Kind.TEXT),),
    pl.String(),
    "Each word with a capital first letter, the rest in lower case; words are letters and digits.",
    ("initcap('hello WORLD')", "Hello World"),
    group="Text",
)
