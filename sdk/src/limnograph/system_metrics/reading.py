"""What one look at the process or the machine gives: a number with a name."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple


class Reading(NamedTuple):
    """
    One number.

    Attributes:
        grows: The number is a total since the process began; what is told is its increase.
        properties: What tells it from others of the name.
    """

    name: str
    unit: str
    value: float
    grows: bool = False
    properties: Mapping[str, str] = {}


Source = Callable[[], Iterator[Reading]]
"""Reads some numbers; what the system does not tell is not among them."""
