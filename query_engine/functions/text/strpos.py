"""
strpos(text, part): where a part first stands in the text (the first character is 1), 0 if
nowhere.
"""

import polars as pl

from query_engine.functions.function import (
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    let,
)


def build(text: Argument, part: Argument) -> pl.Expr:
    """Polars finds bytes; characters are counted in what stands before."""

    def body(t: pl.Expr, p: pl.Expr) -> pl.Expr:
        before = t.str.splitn(p, 2).struct.field("field_0").str.len_chars().cast(pl.Int64)
        return (
            pl.when(p == "")
            .then(pl.lit(1, dtype=pl.Int64))
            .when(t.str.contains(p, literal=True))
            .then(before + 1)
            .when(t.is_not_null() & p.is_not_null())
            .then(pl.lit(0, dtype=pl.Int64))
        )

    return let([text, part], body)


STRPOS = ScalarFunction(
    name="strpos",
    group="Text",
    parameters=(
        Parameter("text", Kind.TEXT),
        Parameter("part", Kind.TEXT),
    ),
    returns=pl.Int64(),
    build=build,
    doc="Where a part first stands in the text (the first character is 1), 0 if nowhere.",
    examples=(
        Example("SELECT strpos('abc', 'c')", "3"),
        Example("SELECT position('x' IN 'abc')", "0"),
    ),
    aliases=("instr",),
)
