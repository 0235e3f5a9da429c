"""
What tells a delivery from another one of the same bytes: the number that its sender gave it.

Rule: the number is one that a client sets and keeps for its retries, `Idempotency-Key`. An id that
proxies make for each attempt (`X-Request-Id`, `traceparent`) would store every retry again.
"""

HEADER = "idempotency-key"
"""The header over HTTP, and the key of the metadata over gRPC."""


def told_apart(number: str | bytes | None) -> bytes:
    """Return what goes into the ids of a delivery's blocks; nothing where it has no number."""
    text = number.decode("utf-8", "replace") if isinstance(number, bytes) else number or ""
    plain = text.strip()
    return f"{HEADER}\x1f{plain}\x1f".encode() if plain else b""
