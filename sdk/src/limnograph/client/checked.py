"""What a caller gives with a question: looked at before anything is sent."""

import operator
from typing import Any

from limnograph.client.errors import QueryError


def text(value: Any, name: str) -> str:
    """
    Return *value*, which is text that can be sent.

    Raises:
        QueryError: It is not; *name* says which argument it was.
    """
    if not isinstance(value, str):
        raise QueryError("client", f"{name} is a {type(value).__name__}: expected text")
    try:
        value.encode()
    except UnicodeEncodeError as exc:
        raise QueryError(
            "client", f"{name} has half of a surrogate pair at character {exc.start + 1}"
        ) from exc
    return value


def row_limit(limit: Any) -> int | None:
    """
    Return *limit*, a number of rows, as an int; None for None.

    Raises:
        QueryError: It is no number of rows.
    """
    if limit is None:
        return None
    try:
        count = -1 if isinstance(limit, bool) else operator.index(limit)
    except TypeError:
        count = -1
    if count < 0:
        raise QueryError("client", f"limit is {limit!r:.60}: expected a number of rows")
    return count


def seconds(timeout: Any) -> float | None:
    """
    Return *timeout*, which is a length of time in seconds; None for None.

    Raises:
        QueryError: It is none.
    """
    if timeout is None:
        return None
    try:
        if timeout > 0:
            return float(timeout)
    except (TypeError, ValueError, OverflowError):
        pass
    raise QueryError("client", f"timeout is {timeout!r:.60}: expected seconds, more than 0")


def on_demand(wanted: Any) -> str | None:
    """
    Return *wanted*, which is one of the two words for it; None for None.

    Raises:
        QueryError: It is neither.
    """
    if wanted is None or wanted in {"wait", "tail"}:
        return wanted  # type: ignore[no-any-return]
    raise QueryError("client", f"on_demand is {wanted!r:.60}: expected 'wait' or 'tail'")
