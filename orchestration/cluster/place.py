"""
The seam: a place does pieces of work on a lake and says what became of each.

A piece is a function of an open lake and of values that can be sent to another machine. It is
idempotent and safe beside any other, since what a table holds is decided in its Delta log: so a
place may do pieces in any order, several at once, and a piece again whose worker died.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from orchestration.open_lake import OpenLake

T = TypeVar("T")

Piece = Callable[[OpenLake], T]


class Place(Protocol):
    """Where pieces are done."""

    @property
    def width(self) -> int:
        """How many pieces are done at once."""

    def each(self, pieces: Sequence[Piece[T]]) -> Iterator[tuple[int, T | Exception]]:
        """
        Do the pieces; yield the number and the result, or the error, of each as it ends.

        Raises:
            ClusterUnavailable: There is nobody to do them; what was done until then stands.
        """


class Here:
    """This process, one piece after the other."""

    width = 1

    def __init__(self, opened: OpenLake) -> None:
        self._opened = opened

    def each(self, pieces: Sequence[Piece[T]]) -> Iterator[tuple[int, T | Exception]]:
        """Do the pieces in turn."""
        for number, piece in enumerate(pieces):
            try:
                yield number, piece(self._opened)
            except Exception as error:
                yield number, error
