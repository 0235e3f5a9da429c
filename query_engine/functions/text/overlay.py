"""
overlay(text, by, start, [length]): the text with a part replaced: from a position (the first
character is 1), as long as the replacement if no length is given.
"""

import polars as pl

from query_engine.functions.function import Kind, Parameter
from query_engine.functions.rowwise import refused
from query_engine.functions.shapes import python_function


def overlaid(text: str, by: str, start: int, length: int | None = None) -> str:
    """Put *by* over a part of *text*."""
    if start < 1:
        raise refused(f"overlay: the position is 1 or more, not {start}")
    rest = start - 1 + (len(by) if length is None else length)
    return text[: start - 1] + by + text[max(rest, 0) :]


OVERLAY = python_function(
    "overlay",
    overlaid,
    (
        Parameter("text", Kind.TEXT),
        Parameter("by", Kind.TEXT),
        Parameter("start", Kind.INTEGER),
        Parameter("length", Kind.INTEGER, optional=True),
    ),
    pl.String(),
    "The text with a part replaced: from a position (the first character is 1), as long as "
    "the replacement if no length is given.",
    ("overlay('Txxxxas' PLACING 'hom' FROM 2 FOR 4)", "Thomas"),
    ("overlay('abcdef', 'X', 2)", "aXcdef"),
    group="Text",
)
