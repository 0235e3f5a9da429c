"""How numbers are told to people: how many of what, and how much of storage."""

_UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def amount(count: int, noun: str) -> str:
    """Return ``1 block``, ``2,000 blocks``."""
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def size_text(size: float) -> str:
    """Return a number of bytes in the largest unit of which there is one: ``5.0 MB``."""
    for unit, name in _UNITS:
        # What would be rounded to a thousand of a unit is one of the next.
        if size >= unit * 0.99995:
            return f"{size / unit:,.1f} {name}"
    return amount(round(size), "byte")
