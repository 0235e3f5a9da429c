"""Query texts lose what may be a value and keep what tells them apart."""

import time

import pytest

from limnograph.integrations.query_text import kept_text, operation_name
from limnograph.limits import QUERY_CHARS_MAX


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("SELECT 'it''s', 1.5e3, -7, 0xff FROM t1", "SELECT ?, ?, -?, ? FROM t1"),
        ("SELECT E'it\\'s' , e'x' FROM a.b2", "SELECT ? , ? FROM a.b2"),
        ("SELECT $$se'cret$$, $tag$x $$ y$tag$, $1", "SELECT ?, ?, $1"),
        ('SELECT "col 1", "a""2" FROM "T"', 'SELECT "col 1", "a""2" FROM "T"'),
        ("SELECT 1 -- by Ann\n, 2 /* it's */, %(a1)s, :n2", "SELECT ?  \n, ?  , %(a1)s, :n2"),
        ("SELECT 'never closed 7", "SELECT ?"),
        ("SELECT a[1], x::numeric(10,2), t.c9", "SELECT a[?], x::numeric(?,?), t.c9"),
    ],
)  # fmt: skip
def test_literals_become_question_marks(text: str, kept: str) -> None:
    """
    Strings of every kind, numbers and comments go; names and placeholders stay.
    """
    assert kept_text(text, parameterized=False) == kept
    assert kept_text(text, parameterized=True) == text


def test_in_mysql_double_quotes_and_backslashes_make_strings() -> None:
    """
    Names stand in backticks there.
    """
    text = 'SELECT `c1`, "se""cret", \'it\\\'s\' FROM `t` # by Ann'
    assert kept_text(text, parameterized=False, mysql=True) == "SELECT `c1`, ?, ? FROM `t`"


def test_long_texts_are_cut_before_anything_else() -> None:
    """
    A literal that the cut goes through is no less hidden.
    """
    kept = kept_text("SELECT '" + "x" * QUERY_CHARS_MAX + "'", parameterized=False)
    assert kept == "SELECT ?"
    assert len(kept_text("x" * 2 * QUERY_CHARS_MAX, parameterized=True)) == QUERY_CHARS_MAX


@pytest.mark.parametrize(
    "text", ["/**/" * 1000 + "1", "(" * 4000, "$$" * 1999 + "'", "--\n" * 1300]
)
def test_no_text_takes_long(text: str) -> None:
    """
    What repeats is read once, whatever comes after it.
    """
    begin_s = time.process_time()
    assert operation_name(text) == "QUERY"
    kept_text(text, parameterized=False)
    assert time.process_time() - begin_s < 2.0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("select 1", "SELECT"),
        ("  -- hm\n/* a */ (\n WITH x AS (SELECT 1) SELECT", "WITH"),
        ("", "QUERY"),
        ("'x'", "QUERY"),
    ],
)
def test_the_operation_is_the_first_word(text: str, name: str) -> None:
    """
    In capitals, past comments and parentheses.
    """
    assert operation_name(text) == name
