"""
Tables and pictures as the markdown that the Dagster UI shows in metadata.

Rule: what applications sent stays text. A cell is a code span, so that a log message that looks
like a link, a picture or HTML is shown as it is and loads nothing.
"""

import base64
from collections.abc import Iterable, Sequence

from orchestration.limits import CELL_CHARS_MAX


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a markdown table; long cells are cut."""
    lines = [
        "| " + " | ".join(header) + " |",
        "|" + "---|" * len(header),
        *("| " + " | ".join(cell(value) for value in row) + " |" for row in rows),
    ]
    return "\n".join(lines)


def cell(value: str) -> str:
    """Return a value as one cell: on one line, cut to `CELL_CHARS_MAX`, never markup."""
    start = value[: 2 * CELL_CHARS_MAX]
    line = " ".join("".join(c if c.isprintable() else " " for c in start).split())
    if len(line) > CELL_CHARS_MAX or len(value) > len(start):
        line = line[: CELL_CHARS_MAX - 1] + "…"
    if not line:
        return ""
    return "`" + line.replace("`", "'").replace("|", "\\|") + "`"


def picture(png: bytes, says: str) -> str:
    """Return a picture as markdown that needs nothing else; *says* stands in for it."""
    return f"![{says}](data:image/png;base64,{base64.b64encode(png).decode()})"
