"""Ids: UUIDs of version 7, so that those made together sort together."""

import os
import time

from limnograph.wire.streams import uuid_text


def new_id() -> str:
    """Return a new UUID as lower-case hyphenated text."""
    number = (time.time_ns() // 1_000_000 & 0xFFFF_FFFF_FFFF) << 80
    number |= int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return uuid_text(number)
