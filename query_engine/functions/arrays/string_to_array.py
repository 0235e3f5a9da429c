"""string_to_array(text, separator, [null_text]): the parts of the text between separators."""

import polars as pl

from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction, let
from query_engine.functions.rowwise import rowwise

TEXTS = pl.List(pl.String())


def cut(
    text: str | None, separator: str | None, null_text: str | None = None
) -> list[str | None] | None:
    """An empty text has no parts, an empty separator leaves one."""
    if text is None:
        return None
    if not text:
        return []
    parts = [*text] if separator is None else text.split(separator) if separator else [text]
    return [None if part == null_text else part for part in parts]


def build(text: Argument, separator: Argument, null_text: Argument | None = None) -> pl.Expr:
    """Polars cuts at constants."""
    if null_text is not None or not separator.value:
        rest = [] if null_text is None else [null_text]
        return rowwise(cut, [text, separator, *rest], TEXTS, nulls=True)
    empty = pl.lit(pl.Series([[]], dtype=TEXTS))
    return let(
        [text],
        lambda t: pl.when(t == "").then(empty).otherwise(t.str.split(separator.text)),
    )


STRING_TO_ARRAY = ScalarFunction(
    name="string_to_array",
    group="Arrays",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("separator", Kind.TEXT),
        Parameter("null_text", Kind.TEXT, optional=True),
    ),
    returns=pl.List(pl.String()),
    build=build,
    doc=(
        "The parts of the text between separators; its characters if the separator is NULL. "
        "Parts equal to a text for NULL are NULL."
    ),
    examples=(
        Example("SELECT string_to_array('a,b', ',')", "[a, b]"),
        Example("SELECT string_to_array('a,?,b', ',', '?')", "[a, NULL, b]"),
    ),
    aliases=("string_to_list",),
    strict=False,
)
