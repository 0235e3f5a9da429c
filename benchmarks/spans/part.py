"""What a part of the benchmark is: a name, and the lines that it measures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.report_lines import Line


@dataclass(frozen=True, slots=True)
class Part:
    """
    One part.

    Attributes:
        lines: Measures and yields; True asks for a small and rough run of a few seconds.
    """

    name: str
    lines: Callable[[bool], Iterator[Line]]
