"""Regular expressions with flags, for the functions that take them."""

import polars as pl

from query_engine.functions.function import Argument, BadArgument

FLAGS = "imsx"


def regular_expression(pattern: Argument, flags: Argument | None, *, also: str = "") -> str:
    """
    Return the regular expression with its flags written into it.

    *also* are flags that the function handles itself.

    Raises:
        BadArgument: The expression cannot be read, or a flag is unknown.
    """
    letters = "" if flags is None else flags.text
    unknown = set(letters) - set(FLAGS) - set(also)
    if unknown:
        raise BadArgument(f"unknown flag {min(unknown)!r}", index=len(also) + 2)
    kept = "".join(dict.fromkeys(letter for letter in letters if letter in FLAGS))
    expression = f"(?{kept}){pattern.text}" if kept else pattern.text
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
