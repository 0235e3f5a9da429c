"""
One version of a table, pinned: what it covers, and its files with what is known about each.

A snapshot holds no handle, so nothing that happens later can move it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable

from assets.storage.layout import Slice
from assets.storage.tables.promoted import Promoted, promoted_of
from assets.storage.tables.spec import TableSpec

NO_TABLE = -1
"""Version of the snapshot of a table that does not exist yet."""

_slice_of = lru_cache(maxsize=65_536)(Slice.from_app_id)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """
    An immutable view of one version.

    Attributes:
        table_id: Identity of the table; another one under the same name has another.
        version: Delta version; ``NO_TABLE`` when there is no table yet.
        transactions: Every app transaction of the log, as stored.
        files: One row per live file: ``path`` (local path or s3 URI), ``size_bytes``,
            ``num_records``, the partition columns, and ``min_<c>``/``max_<c>`` for each stats
            column. These are bounds, not values: long strings are cut (max upwards), max of a
            timestamp is up to 999 us late. Null means unknown or no value: such a file cannot be
            left out because of that column.
        promoted: Keys of maps that have a column; bounds of those and of their masks are known too.
    """

    spec: TableSpec
    table_id: str
    version: int
    transactions: Mapping[str, int]
    files: pl.DataFrame
    promoted: tuple[Promoted, ...] = ()

    def coverage(self, app_id: str) -> int | None:
        """
        Return the position up to which a slice is covered, for the view version in *app_id*.

        None when nothing is covered, also when the rows there are of another view version.
        """
        owner_id, mark, version = app_id.rpartition("@v")
        if mark and self.transactions.get(owner_id) != int(version):
            return None
        return self.transactions.get(app_id)

    def coverages(self) -> Mapping[str, int]:
        """Return the coverage of every slice, by app id, each for the version that built it."""
        return self._coverages

    def covered(self, view_version: int) -> Mapping[Slice, int]:
        """Return what that view version covers, by slice. Everything else is tail."""
        pairs = ((_slice_of(app_id), h) for app_id, h in self._coverages.items())
        return {slice_: h for (slice_, version), h in pairs if version == view_version}

    def files_of(self, view_version: int) -> pl.DataFrame:
        """
        Return the files that count for that view version: those of the slices that it built.

        Rows of another version must not be read: their blocks are part of the tail.
        """
        owners = {owner for owner, version in self.transactions.items() if "@v" not in owner}
        current = [owner for owner in owners if self.transactions[owner] == view_version]
        if len(current) == len(owners):
            return self.files
        return self.files.filter(_owner_id(self.spec).is_in(current))

    def version_of_file(self, file: Mapping[str, object]) -> int | None:
        """Return the view version that built the slice of a row of ``files``."""
        owner = f"{file['date']}T{file['slice']}"
        if "process_id" in self.spec.partition_by:
            owner = f"{file['process_id']}/{owner}"
        return self.transactions.get(owner)

    @cached_property
    def _coverages(self) -> dict[str, int]:
        found = {app_id: self.coverage(app_id) for app_id in self.transactions if "@v" in app_id}
        return {app_id: h for app_id, h in found.items() if h is not None}

    @property
    def size_bytes(self) -> int:
        """Estimate of the memory that this snapshot and the handle behind it hold."""
        return (
            int(self.files.estimated_size())
            + 2048 * self.files.height
            + sum(150 + len(name) for name in self.transactions)
        )


def no_table(spec: TableSpec) -> Snapshot:
    """Return the snapshot of a table that does not exist: no files, nothing covered."""
    return Snapshot(spec, "", NO_TABLE, {}, pl.DataFrame(schema=files_schema(spec)))


def pin(table: DeltaTable, table_uri: str, spec: TableSpec, txns: Mapping[str, int]) -> Snapshot:
    """Return the snapshot of the version at which *table* stands."""
    files = live_files(table, table_uri, spec)
    table_id, promoted = str(table.metadata().id), promoted_of(table)
    return Snapshot(spec, table_id, table.version(), dict(txns), files, promoted)


def files_schema(spec: TableSpec, promoted: Sequence[Promoted] = ()) -> pl.Schema:
    """Return the columns of ``Snapshot.files``."""
    types = dict(polars_schema(spec.schema))
    with_bounds = {name: types[name] for name in spec.stats_columns}
    with_bounds |= dict.fromkeys((key.name for key in promoted), pl.String())
    with_bounds |= dict.fromkeys((key.mask for key in promoted), pl.Int64())
    bounds = {
        f"{end}_{name}": dtype for name, dtype in with_bounds.items() for end in ("min", "max")
    }
    return pl.Schema(
        {
            "path": pl.String(),
            "size_bytes": pl.Int64(),
            "num_records": pl.Int64(),
            **{name: types[name] for name in spec.partition_by},
            **bounds,
        }
    )


def live_files(table: DeltaTable, table_uri: str, spec: TableSpec) -> pl.DataFrame:
    """Return the files of the version at which *table* stands, as ``Snapshot.files`` has them."""
    actions = pl.DataFrame(pa.table(table.get_add_actions(flatten=True)))
    schema = files_schema(spec, promoted_of(table))
    base = _base_path(table_uri)
    sources = {name: f"{name[:3]}.{name[4:]}" for name in schema if name[:4] in {"min_", "max_"}}
    sources |= {name: f"partition.{name}" for name in spec.partition_by}
    columns: list[Any] = []
    for name, dtype in schema.items():
        source = sources.get(name, name)
        if source not in actions.columns:  # no live file has statistics of this column
            columns.append(pl.lit(None, dtype).alias(name))
        elif name.startswith("max_") and isinstance(dtype, pl.Datetime):
            # The log keeps milliseconds, cut off: the true maximum may be later.
            columns.append((pl.col(source) + pl.duration(microseconds=999)).cast(dtype).alias(name))
        else:
            columns.append(pl.col(source).cast(dtype).alias(name))
    files = actions.select(columns)
    paths = [f"{base}/{unquote(path)}" for path in files["path"]]
    return files.with_columns(pl.Series("path", paths, pl.String()))


def polars_schema(schema: pa.Schema) -> pl.Schema:
    """Return the columns as Polars reads them from a table's files."""
    return pl.DataFrame(schema.empty_table()).schema


def _base_path(table_uri: str) -> str:
    """Return what file paths start with: a plain path for local tables, else the URI."""
    parts = urlsplit(table_uri)
    return unquote(parts.path) if parts.scheme == "file" else table_uri


def _owner_id(spec: TableSpec) -> pl.Expr:
    hour = pl.format("{}T{}", pl.col("date").cast(pl.String()), pl.col("slice"))
    if "process_id" in spec.partition_by:
        return pl.format("{}/{}", pl.col("process_id"), hour)
    return hour
