"""What the engine says about wrong values, in the words of SQL."""

import re
from collections.abc import Callable

_SQL_TYPES = {
    "str": "text",
    "bool": "boolean",
    "i8": "tinyint",
    "i16": "smallint",
    "i32": "int",
    "i64": "bigint",
    "u8": "tinyint unsigned",
    "u16": "smallint unsigned",
    "u32": "int unsigned",
    "u64": "bigint unsigned",
    "f32": "real",
    "f64": "double",
    "binary": "bytea",
}

_READ_AS_TIME = re.compile('T00:00:00Z"')
"""What a text without a time of day is read with."""


def _conversion(found: re.Match[str]) -> str:
    name, failed, values = found["type"], found["failed"], found["values"]
    kind = _SQL_TYPES.get(name, name.replace("[", "(").replace("]", ")"))
    if name.startswith(("datetime", "date")):
        kind, values = "timestamp", _READ_AS_TIME.sub('"', values)
    count = "1 value" if failed == "1" else f"{failed} values"
    return f"cannot convert {count} to {kind}: {values}; TRY_CAST makes them NULL"


def _rows(found: re.Match[str]) -> str:
    return f"a subquery that stands for one value has {found[1]} rows"


_SAID: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(
            r"conversion from `[^`]*` to `(?P<type>[^`]*)` failed in column .*?"
            r" for (?P<failed>\d+) out of \d+ values: (?P<values>.*)",
            re.DOTALL,
        ),
        _conversion,
    ),
    (re.compile(r"aggregation 'item' expected no or a single value, got (\d+) values"), _rows),
    (
        re.compile("incomplete mapping specified for `replace_strict`"),
        lambda _: "cannot convert a text to boolean; TRY_CAST makes it NULL",
    ),
    (
        re.compile(r"invalid `(\w+)` encoding found"),
        lambda found: f"decode: a text is not {found[1]}",
    ),
    (
        re.compile("maximum length reached"),
        lambda _: "a step of the query has more than 4,294,967,295 rows; filter before joining",
    ),
)
"""Beginnings of what the engine says, and how we say it."""


def in_words_of_sql(text: str) -> str:
    """Return what *text*, the first paragraph of an engine's error, says about the query."""
    for pattern, said in _SAID:
        found = pattern.search(text)
        if found is not None:
            return said(found)
    return text
