"""
Rows of any number of files in one order, in bounded memory: an external merge sort.

What fits into the budget is sorted at once. Of more, sorted runs go to local disk, and are read
from there side by side, a little of each at a time.
"""

import shutil
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from assets.storage.tables.limits import (
    MERGE_BATCH_ROWS_MIN,
    MERGE_BATCH_SHARE,
    MERGE_FAN_IN,
    MERGE_RUN_SHARE,
)

Key = tuple[tuple[int, Any], ...]


class Sorter:
    """Takes rows in any order and gives them back sorted; NULL comes last."""

    def __init__(self, keys: Sequence[str], memory_bytes: int, folder: Path) -> None:
        self._keys = list(keys)
        self._run_bytes = max(1, memory_bytes // MERGE_RUN_SHARE)
        self._batch_bytes = max(1, memory_bytes // MERGE_BATCH_SHARE)
        self._folder = folder
        self._pieces: list[pl.DataFrame] = []
        self._size = 0
        self._runs: list[Path] = []
        self._made = 0

    @property
    def runs(self) -> int:
        """Runs on disk so far; none when all rows fit into memory."""
        return len(self._runs)

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows; some of those that were taken may go to disk."""
        if rows.is_empty():
            return
        self._pieces.append(rows)
        self._size += int(rows.estimated_size())
        if self._size >= self._run_bytes:
            self._spill()

    def sorted(self) -> Iterator[pl.DataFrame]:
        """Yield all rows in order, in pieces; afterwards there are none left."""
        if not self._runs:
            if self._pieces:
                yield self._whole()
            return
        if self._pieces:
            self._spill()
        while len(self._runs) > MERGE_FAN_IN:
            some, self._runs = self._runs[:MERGE_FAN_IN], self._runs[MERGE_FAN_IN:]
            self._runs.append(self._written(self._merged(some)))
            for run in some:
                shutil.rmtree(run)
        yield from self._merged(self._runs)

    def _whole(self) -> pl.DataFrame:
        whole = pl.concat(self._pieces)
        self._pieces, self._size = [], 0
        return whole.sort(self._keys, nulls_last=True) if self._keys else whole

    def _spill(self) -> None:
        self._runs.append(self._written([self._whole()]))

    def _written(self, pieces: Iterable[pl.DataFrame]) -> Path:
        """Write sorted pieces as a run: a folder of files, each of which is read at once."""
        run = self._folder / f"run-{self._made}"
        run.mkdir()
        self._made += 1
        number = 0
        for piece in pieces:
            rows = piece.height * self._batch_bytes // max(1, int(piece.estimated_size()))
            rows = max(rows, MERGE_BATCH_ROWS_MIN)
            for batch in piece.iter_slices(rows):
                batch.write_parquet(run / f"{number:06}", compression="lz4", statistics=False)
                number += 1
        return run

    def _merged(self, runs: Sequence[Path]) -> Iterator[pl.DataFrame]:
        readers = [_Reader(run, self._keys) for run in runs]
        while readers := [reader for reader in readers if reader.fill()]:
            waiting = [reader.last for reader in readers if not reader.ended]
            bound = min(waiting) if waiting else None
            ready = pl.concat([reader.upto(bound) for reader in readers])
            yield ready.sort(self._keys, nulls_last=True) if self._keys else ready


class _Reader:
    """A run, read a batch at a time."""

    def __init__(self, run: Path, keys: Sequence[str]) -> None:
        self._files = sorted(run.iterdir(), reverse=True)
        self._keys = list(keys)
        self._batch = pl.DataFrame()

    @property
    def ended(self) -> bool:
        """Nothing follows the rows at hand."""
        return not self._files

    @property
    def last(self) -> Key:
        """Key of the last row at hand: what follows is not before it."""
        return self._key(self._batch.height - 1)

    def fill(self) -> bool:
        """Read on if no row is at hand; tell whether there is one."""
        while self._batch.is_empty() and self._files:
            self._batch = pl.read_parquet(self._files.pop())
        return not self._batch.is_empty()

    def upto(self, bound: Key | None) -> pl.DataFrame:
        """Take the rows at hand that do not come after *bound*; all of them without one."""
        count = self._batch.height
        if bound is not None:
            count = bisect_right(range(count), bound, key=self._key)
        taken, self._batch = self._batch.head(count), self._batch.tail(self._batch.height - count)
        return taken

    def _key(self, row: int) -> Key:
        return tuple(_rank(self._batch[name][row]) for name in self._keys)


def _rank(value: Any) -> tuple[int, Any]:
    """Return a value that compares as the engine sorts it: NaN above all numbers, NULL last."""
    if value is None:
        return 2, 0
    return (1, 0) if value != value else (0, value)  # noqa: PLR0124  (what NaN is)
