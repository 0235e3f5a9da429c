"""The limits of decoding: a block over one of them is corrupt, and the reason names the limit."""

TICKS_PER_SECOND_MAX = 9_000_000_000
"""Ticks per second of a block's clock; beyond it, exact nanoseconds would not fit 64 bits."""

BLOCK_TEXT_BYTES_MAX = 256 * 1024 * 1024
"""Bytes of a block's texts with repeated ones written out; a small payload can claim terabytes."""

OBJECTS_AT_ONCE = 2_000
"""Objects of a block are told one by one in so many at a time; what is held beside the rows."""
