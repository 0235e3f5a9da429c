"""Ids of processes, tracks and flows: xxh64 of what they are, as Micromegas makes them."""

import xxhash


def uuid_of(text: str, seed: int = 0) -> int:
    """Return an id of 64 bits (sql-functions 2.4)."""
    return xxhash.xxh64_intdigest(text.encode(), seed)
