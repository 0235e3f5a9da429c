"""What the engine asks a source of rows for, answered in one way by every source of ours."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

import polars as pl


class RowSource(ABC):
    """
    The source of a plan whose rows are made where the plan runs, whatever it is asked for.

    It travels inside the plan: a subclass holds addresses and values, and nothing that lives.
    """

    __slots__ = ()

    @abstractmethod
    def frames(self) -> Iterable[pl.DataFrame]:
        """Make the rows, one part after the other."""

    def __call__(
        self,
        columns: list[str] | None,
        predicate: pl.Expr | None,
        rows_max: int | None,
        _batch: int | None,
    ) -> Iterator[pl.DataFrame]:
        """Yield of the rows what the engine asks for, as `register_io_source` calls it."""
        return wanted(self.frames(), columns, predicate, rows_max)


def wanted(
    parts: Iterable[pl.DataFrame],
    columns: list[str] | None,
    predicate: pl.Expr | None,
    rows_max: int | None,
) -> Iterator[pl.DataFrame]:
    """
    Yield of each part what is asked for; no part is made any more when there are rows enough.

    Args:
        parts: The rows of the source, made one part after the other.
        columns: Only these; None is all.
        predicate: Only rows for which it is true; it may read other columns.
        rows_max: At most so many rows in all.
    """
    left = rows_max
    for part in parts:
        rows = part if predicate is None else part.filter(predicate)
        rows = rows if columns is None else rows.select(columns)
        rows = rows if left is None else rows.head(left)
        yield rows
        if left is not None:
            left -= rows.height
            if left <= 0:
                return
