"""Ids: UUIDs of version 7, so that those made together sort together."""

import os
import time

_LOW_BITS = (1 << 62) - 1


def new_id() -> str:
    """Return a new UUID as lower-case hyphenated text."""
    number = (time.time_ns() // 1_000_000 & 0xFFFF_FFFF_FFFF) << 80
    number |= int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return _text(number)


def derived_id(origin: str, number: int) -> str:
    """
    Return the id that *origin* gives to its part *number*; always the same one.

    Whoever speaks for a dead process says with it the same as that one would have.
    """
    whole = int(origin.replace("-", ""), 16)
    return _text(whole & ~_LOW_BITS | (whole + number) & _LOW_BITS)


def _text(number: int) -> str:
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
