"""
levenshtein(text, other): how many characters have to be inserted, removed or replaced to turn one
text into the other.
"""

import polars as pl

from query_engine.functions.function import Kind, Parameter
from query_engine.functions.shapes import python_function


def distance(text: str, other: str) -> int:
    """
    Keep a column of the distance table as the bits of two integers, one step for each character.

    The bits of ``above`` and ``below`` say where a cell is one more or one less than the cell over
    it (Myers 1999); texts of thousands of characters cost milliseconds.
    """
    short, long = sorted((text, other), key=len)
    if not short:
        return len(long)
    every, last = (1 << len(short)) - 1, 1 << (len(short) - 1)
    places: dict[str, int] = {}
    for index, letter in enumerate(short):
        places[letter] = places.get(letter, 0) | (1 << index)
    above, below, score = every, 0, len(short)
    for letter in long:
        here = places.get(letter, 0)
        kept = here | below
        carried = (((here & above) + above) ^ above) | here
        more = below | ~(carried | above) & every
        less = above & carried
        score += bool(more & last) - bool(less & last)
        more = more << 1 | 1
        above = (less << 1 | ~(kept | more)) & every
        below = more & kept & every
    return score


LEVENSHTEIN = python_function(
    "levenshtein",
    distance,
    (
        Parameter("text", Kind.TEXT),
        Parameter("other", Kind.TEXT),
    ),
    pl.Int64(),
    "How many characters have to be inserted, removed or replaced to turn one text into the other.",
    ("levenshtein('kitten', 'sitting')", "3"),
    group="Text",
)
