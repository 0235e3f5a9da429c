"""The hash that identifies a call site across runs and processes."""

import xxhash


def scope_hash(name: str, file: str, target: str, line: int) -> int:
    """Return the unsigned 32-bit hash of a call site: xxh32 chained over its four fields."""
    digest = 0
    for text in (name, file, target):
        digest = xxhash.xxh32_intdigest(text.encode(), digest)
    return xxhash.xxh32_intdigest(line.to_bytes(4, "little"), digest)
