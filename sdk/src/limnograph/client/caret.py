"""The line of a text that an error speaks about, with a caret under the column."""

import unicodedata

from limnograph.client.limits import EXCERPT_COLUMNS

_TAB = 4


def excerpt(sql: str, line: int | None, column: int | None) -> tuple[str, ...]:
    """
    Return two lines: that one of *sql* with its number, and a caret below *column*.

    Tabs are shown as spaces, and the caret stands right under wide characters and accents too.
    Nothing is returned for a place that the text does not have.
    """
    lines = sql.split("\n")
    if line is None or not 0 < line <= len(lines):
        return ()
    text = lines[line - 1].rstrip("\r")
    at = min(max(column or 1, 1), len(text) + 1) - 1
    cells = _cells(text)
    first, last = _window(cells, at)
    before = "".join(cells[first:at])
    shown = before + "".join(cells[at:last])
    left = "…" if first else ""
    right = "…" if last < len(cells) else ""
    number = f"{line:>4} | "
    below = " " * (len(number) - 2) + "| " + " " * (len(left) + _width(before)) + "^"
    return number + left + shown + right, below


def _cells(text: str) -> list[str]:
    """Return what is shown for each character of a line."""
    cells, at = [], 0
    for char in text:
        if char == "\t":
            cell = " " * (_TAB - at % _TAB)
        else:
            cell = char if char.isprintable() or unicodedata.combining(char) else "·"
        cells.append(cell)
        at += _width(cell)
    return cells


def _window(cells: list[str], at: int) -> tuple[int, int]:
    """Return the first and the last cell to show, so that the line fits and *at* is in it."""
    if _width("".join(cells)) <= EXCERPT_COLUMNS:
        return 0, len(cells)
    first = last = at
    while last - first < len(cells):
        left = first > 0 and (at - first) * 3 <= (last - at) * 2
        grown = (first - 1, last) if left or last == len(cells) else (first, last + 1)
        if _width("".join(cells[grown[0] : grown[1]])) > EXCERPT_COLUMNS:
            break
        first, last = grown
    return first, last


def _width(text: str) -> int:
    """Return how many columns of a terminal *text* takes."""
    return sum(
        0
        if unicodedata.combining(char) or char in "\u200b\u200d\ufe0e\ufe0f"
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )
