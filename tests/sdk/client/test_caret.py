"""The line of the SQL under an error: the caret stands below what is meant."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limnograph.client.caret import excerpt
from limnograph.client.limits import EXCERPT_COLUMNS


def below(shown: tuple[str, ...]) -> str:
    """Return the character above the caret, counting as a terminal does."""
    line, caret = shown
    at, column = caret.index("^"), 0
    for char in line:
        if column == at:
            return char
        column += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        column -= bool(unicodedata.combining(char))
    return ""


@pytest.mark.parametrize(
    ("sql", "line", "column", "char"),
    [
        ("SELECT x", 1, 8, "x"),
        ("SELECT *\nFROM t\nWHERE y = 1", 3, 7, "y"),
        ("SELECT *\r\nFROM q\r\n", 2, 6, "q"),
        ("\tSELECT\tz", 1, 9, "z"),
        ("SELECT '日本語', w", 1, 15, "w"),
        ("SELECT 'e\u0301', v", 1, 14, "v"),
        ("SELECT '\x07', u", 1, 13, "u"),
        ("x" * 300 + "Y" + "x" * 300, 1, 301, "Y"),
        ("Y" + "x" * 300, 1, 1, "Y"),
        ("x" * 300 + "Y", 1, 301, "Y"),
    ],
)
def test_the_caret_stands_under_the_character(sql: str, line: int, column: int, char: str) -> None:
    """
    Whatever stands before it: other lines, tabs, wide characters, accents, much text.
    """
    shown = excerpt(sql, line, column)
    assert below(shown) == char
    assert shown[0].startswith(f"{line:>4} | ")


def test_the_end_of_the_text_has_a_place_too() -> None:
    """
    What is missing at the end is missing after the last character.
    """
    line, caret = excerpt("SELECT", 1, 7)
    assert caret.index("^") == len(line)


@pytest.mark.parametrize(("line", "column"), [(None, None), (0, 1), (3, 1)])
def test_a_place_that_is_not_there_shows_nothing(line: int | None, column: int | None) -> None:
    """
    An error about another text than this one is not explained wrongly.
    """
    assert excerpt("SELECT 1\nFROM t", line, column) == ()


@given(st.text(max_size=400), st.integers(1, 5), st.integers(-1, 500))
def test_any_text_fits_two_lines(sql: str, line: int, column: int) -> None:
    """
    Two lines or none, of bounded width, without control characters.
    """
    shown = excerpt(sql, line, column)
    assert len(shown) in {0, 2}
    for text in shown:
        assert "\n" not in text
        width = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
        marks = sum(bool(unicodedata.combining(char)) for char in text)
        assert width - marks <= EXCERPT_COLUMNS + 16
