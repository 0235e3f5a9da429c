"""How wide a text is on a terminal: wide, narrow and combining characters."""

import unicodedata

_CONTROL = {number: f"\\x{number:02x}" for number in (*range(32), *range(0x7F, 0xA0))} | {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
    # These change the order in which the rest of a line is shown.
    **{number: f"\\u{number:04x}" for number in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))},
}


def visible(text: str) -> str:
    """Return *text* with what would move a terminal's cursor, or command it, as escapes."""
    return text if text.isascii() and text.isprintable() else text.translate(_CONTROL)


def width_of(text: str) -> int:
    """Return how many columns *text* takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def cut(text: str, width: int, ellipsis_: str) -> str:
    """Return *text* in at most *width* columns, with an ellipsis if something is left out."""
    if text.isascii() and len(text) <= width:
        return text
    room = width - len(ellipsis_)
    taken = kept = 0
    for at, character in enumerate(text):
        taken += _width(character)
        if taken <= room:
            kept = at + 1
        if taken > width:
            return text[:kept] + ellipsis_[:width]
    return text


def padded(text: str, width: int, *, right: bool) -> str:
    """Return *text* filled up with blanks, at its left if it stands to the right."""
    blanks = " " * (width - width_of(text))
    return blanks + text if right else text + blanks


def _width(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
