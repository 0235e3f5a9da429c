"""
The labels of a stream as clients write them: ``{job="shop", pod="a-1"}``.

Strings are Go's: double quotes with escapes, back quotes without. A name that is no identifier may
stand in double quotes. A label without a value is no label.
"""

import re

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\n]++|\\.)*+"|`[^`]*+`')
"""Nothing is tried twice: a string of megabytes takes no memory."""
_ESCAPE = re.compile(
    rb"\\(?:([abfnrtv\\\"'])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|)"
)
_PLAIN = dict(zip(b"abfnrtv\\\"'", b"\a\b\f\n\r\t\v\\\"'", strict=True))


class MalformedLabels(ValueError):
    """A label set breaks the syntax: reason, position in characters."""


def parse_labels(text: str) -> dict[str, str]:
    """
    Return the labels of a set.

    Raises:
        MalformedLabels: It breaks the syntax, or names a label twice.
    """
    found: dict[str, str] = {}
    at = _expect("{", text, _skip(text, 0))
    while text[at : at + 1] != "}":
        name, begun = "", at
        if text[at : at + 1] == '"':
            name, at = _string(text, at)
        elif match := _NAME.match(text, at):
            name, at = match.group(), match.end()
        if not name:
            raise MalformedLabels("a label's name is missing", begun)
        at = _expect("=", text, _skip(text, at))
        value, at = _string(text, at)
        if name in found:
            raise MalformedLabels(f"the label {name!r} is there twice", begun)
        found[name] = value
        at = _skip(text, at)
        if text[at : at + 1] != "}":
            at = _expect(",", text, at)
    if (end := _skip(text, at + 1)) < len(text):
        raise MalformedLabels("something follows the closing brace", end)
    return {name: value for name, value in found.items() if value}


def _skip(text: str, at: int) -> int:
    """Return where the white space ends."""
    match = _SPACE.match(text, at)
    assert match is not None, "nothing at all is white space too"
    return match.end()


def _expect(sign: str, text: str, at: int) -> int:
    """Return where what follows a sign begins."""
    if text[at : at + 1] != sign:
        raise MalformedLabels(f"{sign!r} is missing", at)
    return _skip(text, at + 1)


def _string(text: str, at: int) -> tuple[str, int]:
    """Return the string that stands there, and where it ends."""
    match = _STRING.match(text, at)
    if match is None:
        raise MalformedLabels("a string in quotes is missing", at)
    inner = match.group()[1:-1]
    if text[at] == '"' and "\\" in inner:
        inner = _unescaped(inner, at + 1)
    return inner, match.end()


def _unescaped(inner: str, at: int) -> str:
    """Return a string without its escapes; bytes that make no character are replaced."""

    def replaced(match: re.Match[bytes]) -> bytes:
        plain, byte, short, long, octal = match.groups()
        if plain:
            return bytes((_PLAIN[plain[0]],))
        number = int(byte or short or long or b"0", 16) if octal is None else int(octal, 8)
        if byte or (octal and number < 0x100):
            return bytes((number,))
        if (short or long) and number < 0x110000 and not 0xD800 <= number < 0xE000:
            return chr(number).encode()
        before = match.string[: match.start()].decode("utf-8", "replace")
        raise MalformedLabels("an escape that does not exist", at + len(before))

    return _ESCAPE.sub(replaced, inner.encode("utf-8", "replace")).decode("utf-8", "replace")
