"""
A definition in a file: ``<view>.toml`` with its SELECT and its options.

What is wrong in a file is told with the line in which it stands.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from query_engine.defined.definition import OPTIONS, Definition, WrongOption
from query_engine.defined.limits import FILE_BYTES_MAX

SUFFIX = ".toml"
_KEYS = ("name", "sql", *OPTIONS)


class WrongFile(ValueError):
    """A file cannot be used; the message says in which line, and why."""


@dataclass(frozen=True, slots=True)
class FileDefinition:
    """
    What a file says.

    Attributes:
        before: Blanks of the lines and columns before the SELECT.
        lines: The line of each key.
    """

    path: Path
    definition: Definition
    before: str
    lines: dict[str, int]

    def wrong(self, error: WrongOption) -> WrongFile:
        """Return an error about an option, with its line."""
        return _wrong(self.lines.get(error.key, 1), error.message)


def view_name(path: Path) -> str:
    """Return the name of the view that a file defines."""
    return path.name.removesuffix(SUFFIX)


def read_file(path: Path) -> FileDefinition:
    """
    Read a definition; its SELECT is not looked at.

    Raises:
        WrongFile: It is no definition.
    """
    try:
        data = path.read_bytes()[: FILE_BYTES_MAX + 1]
    except OSError as error:
        raise WrongFile(f"it cannot be read: {error.strerror or error}") from None
    if len(data) > FILE_BYTES_MAX:
        raise WrongFile(f"it is larger than {FILE_BYTES_MAX} bytes (FILE_BYTES_MAX)")
    try:
        text = data.decode().replace("\r\n", "\n")
        said = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise _wrong(data.count(b"\n", 0, error.start) + 1, "this is no UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        end = f"at line {text.count(chr(10)) + 1}, where it ends"
        raise WrongFile(f"it is not TOML: {error}".replace("at end of document", end)) from None
    return _definition(path, text, said)


def _definition(path: Path, text: str, said: dict[str, object]) -> FileDefinition:
    lines = {key: _line_of(text, key) for key in said}
    for key, value in said.items():
        if key not in _KEYS:
            kind = "section" if isinstance(value, dict) else "key"
            raise _wrong(lines[key], f"there is no {kind} {key}; there are: {', '.join(_KEYS)}")
    name, sql = view_name(path), said.get("sql")
    if said.get("name", name) != name:
        raise _wrong(lines["name"], f"the file is called {path.name}: so is its view, {name}")
    if not isinstance(sql, str):
        raise _wrong(lines.get("sql", 1), "sql is missing, or no text")
    options = {key: value for key, value in said.items() if key in OPTIONS}
    try:
        definition = Definition.of_options(name, sql, options)
    except WrongOption as error:
        raise _wrong(lines.get(error.key, 1), error.message) from None
    return FileDefinition(path, definition, _before(text, sql), lines)


def _line_of(text: str, key: str) -> int:
    begun = rf"^[ \t]*\[*[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*[\].=]"
    found = re.search(begun, text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _before(text: str, sql: str) -> str:
    """Return blanks for what stands before the SELECT; none where escapes hide it."""
    start = text.find(sql)
    if start < 0:
        return ""
    return re.sub(r"[^\n]", " ", text[:start])


def _wrong(line: int, message: str) -> WrongFile:
    return WrongFile(f"line {line}: {message}")
