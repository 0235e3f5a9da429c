"""Log entries as lines: for people, coloured by level, and as JSON for programs."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from limnograph.cli.look import Look
from limnograph.cli.width import visible
from limnograph.client.values import json_of, text_of

LEVELS = ("fatal", "error", "warning", "info", "debug", "trace")

_RESET, _DIM = "\x1b[0m", "\x1b[2m"
_COLOURS: Mapping[int, str] = {
    1: "\x1b[1;37;41m",
    2: "\x1b[31m",
    3: "\x1b[33m",
    4: "\x1b[32m",
    5: "\x1b[36m",
    6: "\x1b[2m",
}
_SHORT = ("", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE")
_INDENT = "\n    "
Line = Callable[[Mapping[str, Any]], str]


def level_number(text: str) -> int:
    """
    Return the number of a level: 1 fatal ... 6 trace.

    Raises:
        ValueError: There is no such level.
    """
    word = text.strip().lower()
    if word.isdecimal() and 1 <= int(word) <= len(LEVELS):
        return int(word)
    for number, name in enumerate(LEVELS, 1):
        if len(word) >= 3 and name.startswith(word):
            return number
    raise ValueError(text)


def text_line(look: Look, *, properties: bool) -> Line:
    """Return what makes lines for people."""

    def coloured(text: str, colour: str) -> str:
        return f"{colour}{text}{_RESET}" if look.colour and text else text

    def clean(value: Any) -> str:
        return "" if value is None else look.printable(visible(text_of(value)))

    def line(row: Mapping[str, Any]) -> str:
        level = row["level"] or 0
        name = _SHORT[level] if 0 < level < len(_SHORT) else str(level)
        parts = [
            coloured(_milliseconds(clean(row["time"])), _DIM),
            coloured(f"{name:<5}", _COLOURS.get(level, "")),
            clean(_program(row)),
            coloured(clean(row["target"]), _DIM),
            _INDENT.join(clean(part) for part in (row["msg"] or "").splitlines()),
        ]
        if properties and row["properties"]:
            pairs = (f"{clean(key)}={clean(value)}" for key, value in row["properties"].items())
            parts.append(coloured(" ".join(pairs), _DIM))
        return "  ".join(part for part in parts if part) + "\n"

    return line


def json_line(row: Mapping[str, Any]) -> str:
    """Return an entry as one JSON object on a line."""
    return json.dumps(json_of(dict(row)), ensure_ascii=False) + "\n"


def _program(row: Mapping[str, Any]) -> str:
    """Return the shortest name of a program that still tells which it is."""
    folder, _, name = (row["exe"] or "").replace("\\", "/").rpartition("/")
    if name == "__main__.py":
        name = folder.rpartition("/")[2]
    return row["service"] or name


def _milliseconds(time: str) -> str:
    head, dot, fraction = time.partition(".")
    return f"{head}.{fraction[:3]}Z" if dot else time
