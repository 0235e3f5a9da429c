"""Reading JSON that strangers wrote: every value typed and bounded, or a FormatError."""

import json
from collections.abc import Mapping
from typing import Any

from limnograph.wire.errors import FormatError, LimitError

INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)


def json_object(data: memoryview, offset: int, what: str) -> dict[str, Any]:
    """
    Return the JSON object in *data*.

    Raises:
        FormatError: Not UTF-8, not JSON or not an object; names *what* and the byte.
    """
    try:
        text = str(data, "utf-8")
    except UnicodeDecodeError as exc:
        raise FormatError(f"{what} is not UTF-8", offset + exc.start) from exc
    try:
        value = json.loads(text)
    except json.JSONDecodeError as exc:
        at = offset + len(text[: exc.pos].encode())
        raise FormatError(f"{what} is not JSON: {exc.msg}", at) from exc
    except (ValueError, RecursionError) as exc:
        raise FormatError(f"{what} is not JSON: {exc}", offset) from exc
    if not isinstance(value, dict):
        raise FormatError(f"{what} is not a JSON object", offset)
    return value


class Fields:
    """One JSON object under inspection; *path* and *offset* make the errors point at it."""

    __slots__ = ("offset", "path", "values")

    def __init__(self, values: object, path: str, offset: int) -> None:
        if not isinstance(values, Mapping):
            raise FormatError(f"{path} is not an object", offset)
        self.values, self.path, self.offset = values, path, offset

    def wrong(self, key: str, reason: str) -> FormatError:
        """Return the error that says what is wrong with *key*."""
        return FormatError(f"{self.path}.{key} {reason}", self.offset)

    def integer(self, key: str, low: int = INT64_MIN, high: int = INT64_MAX) -> int:
        """Return the integer under *key*, in [low, high]."""
        value = self.values.get(key)
        if type(value) is not int:
            raise self.wrong(key, "is not an integer")
        if not low <= value <= high:
            raise self.wrong(key, f"is not in [{low}, {high}]")
        return value

    def text(self, key: str, chars_max: int | None, limit: str = "") -> str:
        """Return the text under *key*: no NUL, no lone surrogate, at most *chars_max* long."""
        return self._text(self.values.get(key), key, chars_max, limit)

    def any_text(self, key: str) -> str:
        """Return the text under *key*: any characters that UTF-8 can hold, NUL among them."""
        return self._unicode(self.values.get(key), key)

    def items(self, key: str, count_max: int, limit: str, *, absent: bool = False) -> list[Any]:
        """Return the array under *key*; with *absent*, a missing one is empty."""
        value = self.values.get(key, [] if absent else None)
        if not isinstance(value, list):
            raise self.wrong(key, "is not an array")
        if len(value) > count_max:
            raise LimitError(limit, count_max, len(value), self.offset)
        return value

    def texts(
        self, key: str, limits: tuple[tuple[str, int], tuple[str, int], tuple[str, int]]
    ) -> dict[str, str]:
        """
        Return the object text -> text under *key*.

        Args:
            key: Which object.
            limits: Name and value of the limits on pairs, on a name's and on a value's characters.
        """
        value = self.values.get(key)
        if not isinstance(value, dict):
            raise self.wrong(key, "is not an object")
        (pairs, pairs_max), (names, names_max), (texts, texts_max) = limits
        if len(value) > pairs_max:
            raise LimitError(pairs, pairs_max, len(value), self.offset)
        return {
            self._text(name, f"{key} name", names_max, names): self._text(
                item, f"{key}[{name[:40]!r}]", texts_max, texts
            )
            for name, item in value.items()
        }

    def _text(self, value: object, key: str, chars_max: int | None, limit: str) -> str:
        text = self._unicode(value, key)
        if chars_max is not None and len(text) > chars_max:
            raise LimitError(limit, chars_max, len(text), self.offset)
        if "\0" in text:
            raise self.wrong(key, "holds a NUL character")
        return text

    def _unicode(self, value: object, key: str) -> str:
        if not isinstance(value, str):
            raise self.wrong(key, "is not text")
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            raise self.wrong(key, "holds a lone surrogate") from exc
        return value
