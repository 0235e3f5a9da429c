"""Arrays of numbers as vectors; shared by the functions over two of them."""

import math
from collections.abc import Sequence

from query_engine.functions.rowwise import refused


def pairs(
    name: str, left: Sequence[float | None], right: Sequence[float | None]
) -> list[tuple[float, float]] | None:
    """Return the pairs of elements; None if one is NULL. Refuses different lengths."""
    if len(left) != len(right):
        raise refused(f"{name} takes arrays as long as each other, not {len(left)}, {len(right)}")
    found = []
    for a, b in zip(left, right, strict=True):
        if a is None or b is None:
            return None
        found.append((a, b))
    return found


def distance(left: Sequence[float | None], right: Sequence[float | None]) -> float | None:
    """Return the Euclidean distance of two points."""
    found = pairs("array_distance", left, right)
    return None if found is None else math.sqrt(sum((a - b) ** 2 for a, b in found))


def product(left: Sequence[float | None], right: Sequence[float | None]) -> float | None:
    """Return the sum of the products of elements."""
    found = pairs("inner_product", left, right)
    return None if found is None else float(sum(a * b for a, b in found))


def cosine(left: Sequence[float | None], right: Sequence[float | None]) -> float | None:
    """Return 1 less the cosine of the angle; a vector of no length has no direction."""
    found = pairs("cosine_distance", left, right)
    if found is None:
        return None
    lengths = math.sqrt(sum(a * a for a, _ in found)) * math.sqrt(sum(b * b for _, b in found))
    return None if lengths == 0 else 1 - sum(a * b for a, b in found) / lengths


def normal(vector: Sequence[float | None]) -> list[float] | None:
    """Return the vector of length 1 in the same direction."""
    known = [item for item in vector if item is not None]
    length = math.sqrt(sum(item * item for item in known))
    if len(known) < len(vector) or (known and length == 0):
        return None
    return [item / length for item in known]
