"""The patterns by which clients look for names: LIKE as in SQL, with a backslash before ``%``."""

from collections.abc import Callable

import polars as pl

from assets.errors import LimitExceeded
from query_engine.flight.limits import NAME_PATTERN_CHARS_MAX
from query_engine.sql.patterns import like_text

ESCAPE = "\\"


def named_like(pattern: str | None) -> Callable[[str], bool]:
    """
    Return the test whether a name matches *pattern*, its capitals too; without one each does.

    Raises:
        LimitExceeded: The pattern is longer than any name.
    """
    if pattern is None:
        return lambda name: True  # noqa: ARG005  (every name)
    if len(pattern) > NAME_PATTERN_CHARS_MAX:
        raise LimitExceeded(
            f"a pattern of names has {len(pattern)} characters, the limit is "
            f"{NAME_PATTERN_CHARS_MAX}"
        )
    # The engine's expressions take the same time whatever they are; Python's can take for ever.
    expression = like_text(pattern, escape=ESCAPE, fold=False)
    return lambda name: bool(pl.Series([name]).str.contains(expression).item())
