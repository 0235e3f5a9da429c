"""The limits that functions of one shape share."""

import pytest

from query_engine.functions.limits import DIGITS_MAX, TEXT_CHARS_MAX
from query_engine.sql import plan
from query_engine.sql.errors import SqlError
from query_engine.tables.memory import MemoryCatalog


def answer(sql: str) -> object:
    """Return the only value of a query without tables."""
    return plan(sql, MemoryCatalog({}), now_ns=0).collect().item()


@pytest.mark.parametrize("name", ["round", "trunc"])
def test_digits_beyond_those_of_a_double_are_refused(name: str) -> None:
    """
    DIGITS_MAX on either side of the point; the message says the range.
    """
    assert answer(f"SELECT {name}(1.5, {DIGITS_MAX})") == 1.5
    with pytest.raises(SqlError, match=f"-{DIGITS_MAX} to {DIGITS_MAX}"):
        answer(f"SELECT {name}(1.5, {-DIGITS_MAX - 1})")


@pytest.mark.parametrize("name", ["lpad", "rpad"])
def test_texts_are_not_filled_up_without_end(name: str) -> None:
    """
    TEXT_CHARS_MAX characters; the message says the limit.
    """
    assert answer(f"SELECT length({name}('x', {TEXT_CHARS_MAX}))") == TEXT_CHARS_MAX
    with pytest.raises(SqlError, match=str(TEXT_CHARS_MAX)):
        answer(f"SELECT {name}('x', {TEXT_CHARS_MAX + 1})")
