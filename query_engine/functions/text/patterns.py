"""Regular expressions with flags, for the functions that take them."""

import polars as pl

from query_engine.functions.function import BadArgument

FLAGS = "imsx"


def regular_expression(
    pattern: str, flags: str, *, also: str = "", flags_index: int | None = None
) -> str:
    """
    Return the regular expression with its flags written into it.

    *also* are flags that the function handles itself, *flags_index* which argument they are.

    Raises:
        BadArgument: The expression cannot be read, or a flag is unknown.
    """
    unknown = set(flags) - set(FLAGS) - set(also)
    if unknown:
        raise BadArgument(f"unknown flag {min(unknown)!r}", index=flags_index or len(also) + 2)
    kept = "".join(dict.fromkeys(letter for letter in flags if letter in FLAGS))
    expression = f"(?{kept}){pattern}" if kept else pattern
    problem = pattern_problem(expression)
    if problem is not None:
        raise BadArgument(f"the regular expression is wrong: {problem}", index=1)
    return expression


def pattern_problem(pattern: str) -> str | None:
    """Return why the engine does not take a regular expression, or None when it does."""
    try:
        pl.select(pl.lit("").str.contains(pattern))
    except pl.exceptions.PolarsError as error:
        lines = [line for line in str(error).splitlines() if line.startswith("error: ")]
        return lines[0].removeprefix("error: ") if lines else "it cannot be read"
    return None


def from_start(text: pl.Expr, start: int) -> pl.Expr:
    """
    Return the text from a position (the first character is 1); NULL if it ends before.

    Raises:
        BadArgument: The position is below 1.
    """
    if start < 1:
        raise BadArgument("the start is 1 or more", index=2)
    if start == 1:
        return text
    return pl.when(text.str.len_chars() >= start - 1).then(text.str.slice(start - 1))
