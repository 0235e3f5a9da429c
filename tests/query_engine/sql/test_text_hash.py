"""One name for all queries that differ in their constants only."""

import pytest

from query_engine.sql.text_hash import DIGITS, text_hash, without_constants


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT  Msg\n FROM t -- why\nWHERE x = 'a'", "select msg from t where x = ?"),
        ("SELECT 1.5, 0x1f", "select ? , ?"),
        ('SELECT "Msg"::TEXT', 'select "Msg" :: text'),
        ("SELECT 'not   closed", "SELECT 'not closed"),
        ("", ""),
    ],
)
def test_constants_case_and_space_are_left_out(sql, words):
    """
    Quoted names stay as they are; text that is not SQL stands for itself.
    """
    assert without_constants(sql) == words


def test_the_name_is_short_and_the_same_for_other_constants():
    """
    Sixteen hexadecimal digits, equal for equal shapes.
    """
    one = text_hash("SELECT 1 FROM t")
    assert len(one) == DIGITS
    assert set(one) <= set("0123456789abcdef")
    assert text_hash("select 'x'  FROM T") == one
    assert text_hash("SELECT 1 FROM u") != one
