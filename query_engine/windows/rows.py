"""
The rows of a window: partition after partition, each in the order of ORDER BY.

Every array here is over these sorted rows, except ``order`` and ``place``, which lead from them to
the rows as they came and back. Nothing but keys is sorted: results are put back in place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

ROW = "#row"
KEY = "#key"


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column of ORDER BY."""

    column: str
    descending: bool
    nulls_last: bool


class Rows:
    """Sorted rows, their partitions and their groups of peers (rows equal in ORDER BY)."""

    def __init__(
        self, frame: pl.DataFrame, order: Ints, sizes: Ints, keys: Sequence[SortKey]
    ) -> None:
        self.frame = frame
        self.order = order
        self.sizes = sizes
        self.keys = tuple(keys)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.order)

    @cached_property
    def index(self) -> Ints:
        """0, 1, 2 ..."""
        return np.arange(self.count, dtype=np.int64)

    @cached_property
    def place(self) -> Ints:
        """Where each row as it came stands among the sorted."""
        places = np.empty(self.count, dtype=np.int64)
        places[self.order] = self.index
        return places

    @cached_property
    def firsts(self) -> Ints:
        """Where each partition starts."""
        return np.cumsum(self.sizes) - self.sizes

    @cached_property
    def partition(self) -> Ints:
        """The number of each row's partition."""
        return np.repeat(np.arange(len(self.sizes), dtype=np.int64), self.sizes)

    @cached_property
    def starts(self) -> Ints:
        """Where each row's partition starts."""
        return np.repeat(self.firsts, self.sizes)

    @cached_property
    def stops(self) -> Ints:
        """Where each row's partition has ended."""
        return np.repeat(self.firsts + self.sizes, self.sizes)

    @cached_property
    def group_firsts(self) -> Ints:
        """Where each group of peers starts."""
        new = np.zeros(self.count, dtype=np.bool_)
        new[self.firsts] = True
        for key in self.keys:
            values = self.sorted(key.column)
            new[1:] |= values.ne_missing(values.shift(1)).to_numpy()[1:]
        return np.flatnonzero(new)

    @cached_property
    def group_sizes(self) -> Ints:
        """How many rows each group of peers has."""
        return np.diff(self.group_firsts, append=self.count)

    @cached_property
    def group(self) -> Ints:
        """The number of each row's group of peers, counted over all partitions."""
        return np.repeat(np.arange(len(self.group_firsts), dtype=np.int64), self.group_sizes)

    @cached_property
    def group_starts(self) -> Ints:
        """Where each row's group of peers starts."""
        return np.repeat(self.group_firsts, self.group_sizes)

    @cached_property
    def group_stops(self) -> Ints:
        """Where each row's group of peers has ended."""
        return np.repeat(self.group_firsts + self.group_sizes, self.group_sizes)

    def sorted(self, column: str) -> pl.Series:
        """Return a column over the sorted rows."""
        return self.frame.get_column(column).gather(self.order)

    def known(self, column: str) -> Flags:
        """Return which of the sorted rows have a value in a column."""
        return self.frame.get_column(column).is_not_null().to_numpy()[self.order]

    def placed(self, values: pl.Series) -> pl.Series:
        """Return values over the sorted rows in the order in which the rows came."""
        return values.gather(self.place)

    def under(self, keys: Sequence[SortKey]) -> "Rows":
        """Return the same rows in an order of which *keys* are the first part."""
        if tuple(keys) == self.keys:
            return self
        other = Rows(self.frame, self.order, self.sizes, keys)
        other.__dict__ |= {
            name: self.__dict__[name]
            for name in ("index", "place", "firsts", "partition", "starts", "stops")
            if name in self.__dict__
        }
        return other


def arranged(frame: pl.DataFrame, partition: Sequence[str], keys: Sequence[SortKey]) -> Rows:
    """
    Sort rows once: by the order keys over the whole table, then gathered by partition.

    Grouping keeps the order of rows, and is much cheaper than sorting by the partition's columns.
    """
    order = positions_by(frame, keys)
    if not partition or not frame.height:
        sizes = np.array([frame.height] if frame.height else [], dtype=np.int64)
        return Rows(frame, order, sizes, keys)
    columns = [
        frame.get_column(name).gather(order).alias(f"{KEY}{i}") for i, name in enumerate(partition)
    ]
    grouped = (
        pl.DataFrame([*columns, pl.Series(ROW, order)])
        .group_by([column.name for column in columns])
        .agg(ROW)
        .get_column(ROW)
    )
    sizes = grouped.list.len().cast(pl.Int64).to_numpy()
    return Rows(frame, grouped.explode().to_numpy(), sizes, keys)


def positions_by(frame: pl.DataFrame, keys: Sequence[SortKey]) -> Ints:
    """
    Return the rows' numbers in the order of *keys*; rows that are alike stay as they came.

    Sorting by one column after the other, the last one first, beats sorting by encoded rows.
    """
    order = np.arange(frame.height, dtype=np.int64)
    for number, key in enumerate(reversed(keys)):
        values = frame.get_column(key.column)
        values = values.gather(order) if number else values
        found = sorting(values, key)
        if found is not None:
            order = order[found]
    return order


def sorting(values: pl.Series, key: SortKey) -> Ints | None:
    """Return what brings *values* into order; None when they are (times often are)."""
    if is_sorted(values, key):
        return None
    step = pl.arg_sort_by(
        KEY, descending=key.descending, nulls_last=key.nulls_last, maintain_order=True
    )
    return pl.DataFrame([values.alias(KEY)]).select(step).to_series().to_numpy()


def is_sorted(values: pl.Series, key: SortKey) -> bool:
    """Tell whether *values* are in order, without sorting them."""
    plain = values.dtype.is_integer() or values.dtype.is_temporal()
    return plain and values.is_sorted(descending=key.descending, nulls_last=key.nulls_last)
