"""
translate(text, characters, by): the text with each of some characters replaced by the one at the
same place; those without one are removed.
"""

import polars as pl

from query_engine.functions.function import Kind, Parameter
from query_engine.functions.shapes import python_function


def translated(text: str, characters: str, by: str) -> str:
    """The first of equal characters counts."""
    table: dict[int, str] = {}
    for index, letter in enumerate(characters):
        table.setdefault(ord(letter), by[index] if index < len(by) else "")
    return text.translate(table)


TRANSLATE = python_function(
    "translate",
    translated,
    (
        Parameter("text", Kind.TEXT),
        Parameter("characters", Kind.TEXT),
        Parameter("by", Kind.TEXT),
    ),
    pl.String(),
    "The text with each of some characters replaced by the one at the same place; those "
    "without one are removed.",
    ("translate('twice', 'wic', 'ab')", "tabe"),
    group="Text",
)
