"""
Query texts as they may be kept: without the values in them.

A text that came with parameters is kept as it was written. In one without, every literal becomes
``?``: it was perhaps put together from values.
"""

import re
from functools import lru_cache

from limnograph.limits import QUERY_CHARS_MAX, QUERY_TEXTS_MAX

_STRING = r"'(?:[^']|'')*(?:'|$)"
_ESCAPED = r"(?<![A-Za-z0-9_])[eE]'(?:[^'\\]|\\.|'')*(?:'|$)"
_DOLLARS = r"\$(?P<tag>[A-Za-z_]*)\$.*?(?:\$(?P=tag)\$|$)"
_COMMENT = r"--[^\n]*|/\*.*?(?:\*/|$)"
_NUMBER = r"(?<![\w$.:])(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)(?!\w)"
_STANDARD = re.compile(
    rf'(?P<kept>"(?:[^"]|"")*"?)|{_ESCAPED}|{_STRING}|{_DOLLARS}|(?P<comment>{_COMMENT})|{_NUMBER}',
    re.DOTALL,
)
_MYSQL = re.compile(
    r"(?P<kept>`[^`]*`?)|'(?:[^'\\]|\\.|'')*(?:'|$)|\"(?:[^\"\\]|\\.|\"\")*(?:\"|$)"
    rf"|(?P<comment>#[^\n]*|{_COMMENT})|{_NUMBER}",
    re.DOTALL,
)
_FIRST_WORD = re.compile(
    r"(?:\s|\(|--[^\n]*+(?:\n|$)|(?>/\*.*?(?:\*/|$)))*+([A-Za-z]{1,20})", re.DOTALL
)


def kept_text(text: str, *, parameterized: bool, mysql: bool = False) -> str:
    """Return what may be kept of a query, at most QUERY_CHARS_MAX characters."""
    text = text[:QUERY_CHARS_MAX]
    return text if parameterized else _without_literals(text, mysql)


@lru_cache(maxsize=QUERY_TEXTS_MAX)
def _without_literals(text: str, mysql: bool) -> str:
    return (_MYSQL if mysql else _STANDARD).sub(_replacement, text).strip()


def _replacement(found: re.Match[str]) -> str:
    if found["kept"]:
        return found["kept"]
    return " " if found["comment"] else "?"


def operation_name(text: str) -> str:
    """Return the first word of a query in capitals, QUERY when it has none."""
    found = _FIRST_WORD.match(text[:QUERY_CHARS_MAX])
    return found[1].upper() if found else "QUERY"


def error_text(failure: BaseException) -> str | None:
    """
    Return what may be kept of a database's error: its first message.

    The details of Postgres quote the row that was refused. None: there is no such distinction.
    """
    primary = getattr(getattr(failure, "diag", None), "message_primary", None)
    return primary if isinstance(primary, str) else None
