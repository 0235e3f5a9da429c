"""
One version of a table, pinned: what it covers, and its files with what is known about each.

A snapshot holds no handle, so nothing that happens later can move it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable

from assets.storage.layout import Generation, Slice
from assets.storage.tables.columns import Types, generations_in, present_in, renamed, types_of
from assets.storage.tables.promoted import Promoted, promoted_in
from assets.storage.tables.spec import TableSpec, partition_values

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
        columns: Every column that the table keeps, with its Delta type.
        generations: The columns, and their types, that generations of the view have written, as
            far as the table knows them.
    """

    spec: TableSpec
    table_id: str
    version: int
    transactions: Mapping[str, int]
    files: pl.DataFrame
    promoted: tuple[Promoted, ...] = ()
    columns: Types = field(default_factory=dict)
    generations: Mapping[Generation, Types] = field(default_factory=dict)

    def coverage(self, app_id: str) -> int | None:
        """
        Return the position up to which a slice is covered, for the generation in *app_id*.

        None when nothing is covered, also when the rows there are of another generation.
        """
        owner_id, mark, generation = app_id.rpartition("@v")
        if mark and self.transactions.get(owner_id) != int(generation):
            return None
        return self.transactions.get(app_id)

    def coverages(self) -> Mapping[str, int]:
        """Return the coverage of every slice, by app id, each for the generation that built it."""
        return self._coverages

    def owned(self) -> Mapping[Slice, tuple[Generation, int]]:
        """Return which generation built each slice, and up to which position."""
        return self._owned

    def covered(self, generation: Generation) -> Mapping[Slice, int]:
        """Return what that generation itself covers, by slice."""
        return {slice_: h for slice_, (owner, h) in self._owned.items() if owner == generation}

    def files_of(self, generation: Generation) -> pl.DataFrame:
        """Return the files of the slices that this generation built."""
        if all(owner == generation for owner, _ in self._owned.values()):
            return self.files
        return self.files.filter(self.generations_of(self.files) == generation)

    def generations_of(self, files: pl.DataFrame) -> pl.Series:
        """Return the generation that built the slice of each of *files*."""
        owners = {name: owner for name, owner in self.transactions.items() if "@v" not in name}
        names = self.names_of(files)
        return names.replace_strict(owners, default=None, return_dtype=pl.Int64)

    def names_of(self, files: pl.DataFrame) -> pl.Series:
        """Return of each of *files* the ``owner_id`` of the hour, or merged day, where it lies."""
        return files.select(_owner_id(self.spec)).to_series()

    def places_of(self, files: pl.DataFrame) -> frozenset[str]:
        """Return where *files* lie, as ``owner_id``."""
        return frozenset(self.names_of(files))

    @cached_property
    def _coverages(self) -> dict[str, int]:
        found = {app_id: self.coverage(app_id) for app_id in self.transactions if "@v" in app_id}
        return {app_id: h for app_id, h in found.items() if h is not None}

    @cached_property
    def _owned(self) -> dict[Slice, tuple[Generation, int]]:
        found = ((_slice_of(app_id), h) for app_id, h in self._coverages.items())
        return {slice_: (owner, h) for (slice_, owner), h in found}

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
    metadata, columns = table.metadata(), present_in(table)
    return Snapshot(
        spec,
        str(metadata.id),
        table.version(),
        dict(txns),
        files,
        promoted_in(columns),
        columns,
        generations_in(metadata.configuration),
    )


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
    present = present_in(table)
    schema = files_schema(spec, promoted_in(present))
    base = _base_path(table_uri)
    other = renamed(types_of(spec.schema), present)
    sources = {
        name: f"{name[:3]}.{other.get(name[4:], name[4:])}"
        for name in schema
        if name[:4] in {"min_", "max_"}
    }
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


def files_in(files: pl.DataFrame, spec: TableSpec, slice_: Slice) -> pl.DataFrame:
    """Return the files of one slice."""
    values = partition_values(spec, slice_)
    same = [pl.col(name).cast(pl.String()) == value for name, value in values.items()]
    return files.filter(same)


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
