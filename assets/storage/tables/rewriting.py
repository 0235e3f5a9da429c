"""
Files of a partition written anew: their rows in one order, in files of a given size.

Rule: memory is bounded by the budget whatever there is to rewrite, and what is read is put under
new names; nothing changes before somebody commits it.
"""

import shutil
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.transaction import AddAction

from assets.storage.lake import Lake
from assets.storage.layout import MERGED_DAY, Slice
from assets.storage.tables.data_files import arrow_of, how_written, put_file
from assets.storage.tables.limits import (
    MERGE_BATCH_ROWS_MIN,
    MERGE_BYTES,
    MERGE_FIRST_ROWS,
    MERGE_LEFT_OVER_KEEP,
    MERGE_RUN_SHARE,
    TARGET_BYTES,
)
from assets.storage.tables.lookups import FilterMaker
from assets.storage.tables.merging import Sorter
from assets.storage.tables.promoted import Promoted, promoted_of, with_promoted
from assets.storage.tables.snapshot import polars_schema
from assets.storage.tables.spec import HOUR_FIELD, TableSpec, partition_values

HOUR = HOUR_FIELD.name

_FOLDER = "limnograph-merge-"


@dataclass(frozen=True, slots=True)
class Budget:
    """
    How large files may become, and what making them may take.

    Attributes:
        target_bytes: Size of a file; rows are dealt out evenly when they make several.
        memory_bytes: Of the rows that are held at once. The process takes about as much again.
    """

    target_bytes: int = TARGET_BYTES
    memory_bytes: int = MERGE_BYTES


@dataclass(frozen=True)
class Source:
    """
    What is rewritten.

    Attributes:
        types: Every column of the table: also those that a newer program than this one added.
        promoted: Keys of maps that have a column.
        files: Rows of ``Snapshot.files``.
        without: Hours whose rows are left out of merged days.
    """

    types: pl.Schema
    promoted: Sequence[Promoted]
    files: pl.DataFrame
    without: Collection[str] = ()

    @classmethod
    def of(cls, table: DeltaTable, files: pl.DataFrame, without: Collection[str] = ()) -> "Source":
        """Return files of the version at which *table* stands."""
        types = polars_schema(pa.schema(table.schema().to_arrow()))
        return cls(types, promoted_of(table), files, without)


def rewritten(
    lake: Lake, spec: TableSpec, source: Source, into: Slice, budget: Budget
) -> list[AddAction]:
    """
    Put the rows of the source as files of the partition *into*; return what to commit.

    Raises:
        StorageUnavailable: The store does not answer.
    """
    files = source.files
    size, count = int(files["size_bytes"].sum()), int(files["num_records"].sum())
    rows_per_file = ceil(count / max(1, ceil(size / budget.target_bytes)))
    keys = [name for name in spec.sort_by if name not in spec.partition_by]
    masks = dict.fromkeys((key.mask for key in source.promoted), -1)
    sweep_left_over()
    with tempfile.TemporaryDirectory(prefix=_FOLDER) as name:
        folder = Path(name)
        sorter = Sorter(keys, budget.memory_bytes, folder)
        for piece in _pieces(lake, spec, source, budget.memory_bytes // (2 * MERGE_RUN_SHARE)):
            kept = piece if into.is_day else piece.drop(HOUR, strict=False)
            rows = with_promoted(kept, source.promoted)
            masks = {mask: known & int(rows[mask][0]) for mask, known in masks.items()}
            sorter.add(rows)
        writer = _Writer(lake, spec, partition_values(spec, into), folder, budget)
        # A promoted column may be believed where it is in all rows of a file.
        final = [pl.lit(mask, pl.Int64).alias(name) for name, mask in masks.items()]
        for piece in sorter.sorted():
            writer.add(piece.with_columns(final), rows_per_file)
        return writer.end()


def sweep_left_over() -> None:
    """Remove the runs of merges that were killed long ago; no merge takes so long."""
    before = time.time() - MERGE_LEFT_OVER_KEEP.total_seconds()
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        with suppress(OSError):  # another program removes it just now, or it is another user's
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder)


def _pieces(lake: Lake, spec: TableSpec, source: Source, bytes_max: int) -> Iterator[pl.DataFrame]:
    """Yield the rows in pieces of about so many bytes, each with its hour."""
    stored = pl.Schema({n: t for n, t in source.types.items() if n not in spec.partition_by})
    options = dict(lake.delta_options) or None
    pace = _Pace(bytes_max)
    for paths, first, count, hour in _readings(source.files, pace):
        frame = pl.scan_parquet(
            paths,
            schema=stored,
            glob=False,
            hive_partitioning=False,
            missing_columns="insert",
            storage_options=options,
        ).slice(first, count)
        if hour != MERGED_DAY:
            frame = frame.with_columns(pl.lit(hour).alias(HOUR))
        elif source.without:
            frame = frame.filter(~pl.col(HOUR).is_in(list(source.without)))
        piece = frame.collect()
        if not piece.is_empty():
            pace.weigh(piece)
            yield piece


@dataclass(slots=True)
class _Pace:
    """How many rows to read at once, by what they weighed so far."""

    bytes_max: int
    rows: int = MERGE_FIRST_ROWS

    def weigh(self, piece: pl.DataFrame) -> None:
        """Learn from a piece."""
        weight = max(1.0, piece.estimated_size() / piece.height)
        self.rows = max(MERGE_BATCH_ROWS_MIN, min(int(self.bytes_max / weight), 4 * self.rows))


def _readings(files: pl.DataFrame, pace: _Pace) -> Iterator[tuple[list[str], int, int, str]]:
    """
    Yield (files, first row, rows, hour) until all is read: small files of an hour together.
    """
    for hour, of_hour in files.sort("slice", maintain_order=True).group_by(
        "slice", maintain_order=True
    ):
        group: list[str] = []
        rows_in_group = 0
        for path, rows in of_hour.select("path", "num_records").iter_rows():
            if group and rows_in_group + rows > pace.rows:
                yield group, 0, rows_in_group, str(hour[0])
                group, rows_in_group = [], 0
            first = 0
            while rows - first > (count := pace.rows):
                yield [path], first, count, str(hour[0])
                first += count
            if first:
                yield [path], first, rows - first, str(hour[0])
            else:
                group.append(path)
                rows_in_group += rows
        if group:
            yield group, 0, rows_in_group, str(hour[0])


class _Writer:
    """Takes sorted rows and puts them as files, a row group at a time."""

    def __init__(
        self, lake: Lake, spec: TableSpec, values: dict[str, str], folder: Path, budget: Budget
    ) -> None:
        self._lake, self._spec, self._values = lake, spec, values
        self._path = folder / "file.parquet"
        self._group_bytes = budget.memory_bytes // (2 * MERGE_RUN_SHARE)
        self._waiting: list[pl.DataFrame] = []
        self._waiting_rows = self._waiting_bytes = 0
        self._open: pq.ParquetWriter | None = None
        self._footers: list[pq.FileMetaData] = []
        self._rows = 0
        self._filters = FilterMaker(spec)
        self._put: list[AddAction] = []

    def add(self, rows: pl.DataFrame, rows_per_file: int) -> None:
        """Take rows that come after all before; a file ends after so many."""
        while not rows.is_empty():
            room = min(
                rows_per_file - self._rows - self._waiting_rows,
                self._spec.row_group_rows - self._waiting_rows,
            )
            taken, rows = rows.head(room), rows.tail(max(0, rows.height - room))
            self._waiting.append(taken)
            self._waiting_rows += taken.height
            self._waiting_bytes += int(taken.estimated_size())
            file_ends = self._rows + self._waiting_rows >= rows_per_file
            large = self._waiting_bytes >= self._group_bytes
            large = large and self._waiting_rows >= MERGE_BATCH_ROWS_MIN
            if file_ends or large or self._waiting_rows >= self._spec.row_group_rows:
                self._write_group()
            if file_ends:
                self._end_file()

    def end(self) -> list[AddAction]:
        """Put what is left; return what to commit."""
        if self._waiting:
            self._write_group()
        if self._open is not None:
            self._end_file()
        return self._put

    def _write_group(self) -> None:
        rows = pl.concat(self._waiting)
        self._waiting, self._waiting_rows, self._waiting_bytes = [], 0, 0
        table = arrow_of(rows)
        if self._open is None:
            self._open = pq.ParquetWriter(
                self._path,
                table.schema,
                metadata_collector=self._footers,
                **how_written(self._spec, rows, table.schema),
            )
        self._open.write_table(table, row_group_size=max(1, rows.height))
        self._filters.add(rows)
        self._rows += rows.height

    def _end_file(self) -> None:
        assert self._open is not None, "there are rows in it"
        self._open.close()
        action = put_file(
            self._lake, self._spec, self._values, self._path.read_bytes(), self._footers.pop()
        )
        self._filters.put(self._lake, action.path)
        self._put.append(action)
        self._open, self._rows, self._filters = None, 0, FilterMaker(self._spec)
