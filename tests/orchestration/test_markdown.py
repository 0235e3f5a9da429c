"""orchestration.markdown: what applications sent is shown as it is, and nothing more happens."""

import pytest

from orchestration.limits import CELL_CHARS_MAX
from orchestration.markdown import cell, picture, table


def test_a_table_has_a_line_for_each_row() -> None:
    """
    The header, the line below it, and the rows.
    """
    lines = table(["time", "msg"], [["12:00", "hello"], ["12:01", ""]]).splitlines()
    assert lines == ["| time | msg |", "|---|---|", "| `12:00` | `hello` |", "| `12:01` |  |"]


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://evil.example/p.png)",
        "[click](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "http://evil.example",
        "**bold** _it_",
    ],
)
def test_what_looks_like_markup_is_a_code_span(text: str) -> None:
    """
    A log message cannot load a picture or set a link in the operator's browser.
    """
    assert cell(text) == f"`{text}`"


def test_no_cell_ends_its_code_span_or_its_column() -> None:
    """
    Backticks and bars of a message end neither; lines of it are one.
    """
    shown = cell("a`b`|c\n\n| d\t\x1b[31me\u2028f")
    assert shown == "`a'b'\\|c \\| d [31me f`"


def test_a_long_cell_is_cut() -> None:
    """
    CELL_CHARS_MAX: a message of megabytes does not get into Dagster's database.
    """
    assert cell("x" * CELL_CHARS_MAX) == f"`{'x' * CELL_CHARS_MAX}`"
    assert cell("x" * 10_000_000) == f"`{'x' * (CELL_CHARS_MAX - 1)}…`"
    assert cell(" " * 10_000_000) == "`…`"


def test_a_picture_is_a_data_uri() -> None:
    """
    It needs no file and no server.
    """
    assert picture(b"\x89PNG", "lag") == "![lag](data:image/png;base64,iVBORw==)"
