"""
Handles that are SQL: the text of a statement with a comment behind it that names what it is for.

Clients that know nothing of handles send them back as SQL (the `micromegas` client does), so a
handle must mean the same when it is read as SQL. The comment is taken off before anything is
parsed: positions in errors and texts in the log are those of the statement.
"""

import re
import uuid
from typing import Literal

Kind = Literal["q", "ps"]
"""What a comment names: a query that is to run, or a prepared statement."""

_MARK = re.compile(r" /\*(q|ps):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\*/$")


def marked(sql: str, kind: Kind, name: str | None = None) -> str:
    """Return *sql* with a comment of *kind*, naming a new UUID unless one is given."""
    return f"{sql} /*{kind}:{name or uuid.uuid4()}*/"


def unmarked(text: str) -> tuple[str, dict[str, str]]:
    """Return the SQL without its comments, and the UUID of each kind that they name."""
    marks: dict[str, str] = {}
    while (found := _MARK.search(text)) and found[1] not in marks:
        marks[found[1]] = found[2]
        text = text[: found.start()]
    return text, marks
