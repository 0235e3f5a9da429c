"""
Delta tables that somebody else writes, as SQL scans them.

Rule: a table is pinned at one version when it is opened. A file is left out only when the log's
statistics of it say that none of its rows can be wanted; a table that needs a reader with features
that we lack (deletion vectors, renamed columns) is refused when it is opened.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable

from assets.storage.tables.errors import TableRefused, delta_errors
from assets.views.catalog import BUILT_IN, Views
from auth.principal import Principal
from query_engine.builds.patience import Patience
from query_engine.cancel import CancelToken
from query_engine.progress import Progress
from query_engine.running import RunningQueries
from query_engine.sql.catalog import ColumnPredicate, ScanRequest, Schema, TableStatistics
from query_engine.sql.errors import UnknownTable
from query_engine.tables.prune import MAX, MIN, needed_files
from query_engine.tables.ranges import TIME, TimeRange, values_of
from query_engine.tables.statistics import of_files
from query_engine.workers.scratch import Scratch

_FEATURES_READ = {"timestampNtz"}
_COMPARISONS = {
    "=": pl.Expr.eq,
    "<": pl.Expr.le,
    "<=": pl.Expr.le,
    ">": pl.Expr.ge,
    ">=": pl.Expr.ge,
}
"""Comparisons that lose nothing when a time is cut to microseconds on both sides."""


@dataclass(frozen=True, eq=False, slots=True)
class ForeignTable:
    """
    One version of a Delta table.

    Attributes:
        stored: Columns and types of its files.
        files: One row per live file, as ``Snapshot.files``: path, num_records and the bounds.
        measured: The rows and bounds of all files together.
        partitions: The columns that stand in paths instead of files.
    """

    name: str
    stored: pl.Schema
    files: pl.DataFrame
    measured: TableStatistics
    partitions: tuple[str, ...] = ()
    storage_options: Mapping[str, str] | None = None

    def _prunable(self, predicates: Sequence[ColumnPredicate]) -> list[ColumnPredicate]:
        """Return the predicates on columns with bounds whose names mean nothing else in `files`."""
        taken = {*self.files.columns, "insert_time"}
        return [
            predicate
            for predicate in predicates
            if MIN + predicate.column in self.files.columns and predicate.column not in taken
        ]

    @property
    def schema(self) -> pl.Schema:
        """The columns as SQL sees them: times in nanoseconds."""
        return pl.Schema({name: seen(dtype) for name, dtype in self.stored.items()})

    def statistics(self) -> TableStatistics:
        """Return the rows and bounds of all files together."""
        return self.measured

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Return the rows that can satisfy the request."""
        files = needed_files(self.files, self._prunable(request.predicates))
        if files.is_empty():
            return self.schema.to_frame().lazy()
        inside = {n: t for n, t in self.stored.items() if n not in self.partitions}
        rows = pl.scan_parquet(
            files["path"].to_list(),
            schema=inside,
            glob=False,
            hive_partitioning=bool(self.partitions),
            hive_schema={name: self.stored[name] for name in self.partitions} or None,
            missing_columns="insert",
            extra_columns="ignore",
            storage_options=dict(self.storage_options) if self.storage_options else None,
        )
        for predicate in request.predicates:
            dtype = self.stored[predicate.column]
            if predicate in request.tested and dtype == seen(dtype):
                continue
            condition = stored_filter(predicate, dtype)
            rows = rows if condition is None else rows.filter(condition)
        return rows.select(
            pl.col(name) if dtype == seen(dtype) else pl.col(name).cast(TIME)
            for name, dtype in self.stored.items()
        )


def open_foreign(
    name: str, uri: str, storage_options: Mapping[str, str] | None = None
) -> ForeignTable:
    """
    Open the newest version of the Delta table at *uri* under the name *name*.

    Raises:
        TableMissing: There is none.
        TableRefused: It needs a reader with features that we lack.
        StorageUnavailable: The store does not answer.
    """
    with delta_errors(name):
        table = DeltaTable(uri, storage_options=dict(storage_options or {}))
        lacking = set(table.protocol().reader_features or ()) - _FEATURES_READ
        if lacking or table.protocol().min_reader_version == 2:
            what = ", ".join(sorted(lacking)) or "column mapping"
            raise TableRefused(f"table {name} cannot be read here: it uses {what}")
        actions = pl.DataFrame(pa.table(table.get_add_actions(flatten=True)))
        schema = pa.schema(table.schema().to_arrow())
        partitions = tuple(table.metadata().partition_columns)
    stored = pl.DataFrame(schema.empty_table()).schema
    files = with_bounds(actions, stored, local_path(uri))
    measured = of_files(files, tuple(stored))
    return ForeignTable(name, stored, files, measured, partitions, storage_options)


def with_bounds(actions: pl.DataFrame, stored: pl.Schema, base: str) -> pl.DataFrame:
    """Return the files of a log's actions with their bounds under the names that pruning knows."""
    columns: list[pl.Expr] = [
        (pl.lit(base.rstrip("/") + "/") + pl.col("path")).alias("path"),
        pl.col("num_records").cast(pl.Int64) if "num_records" in actions.columns else unknown(),
    ]
    for name, dtype in stored.items():
        if dtype.is_nested() or dtype.is_float():  # NaN is left out of a float's bounds
            continue
        value = f"partition.{name}"
        low, high = (value, value) if value in actions.columns else (f"min.{name}", f"max.{name}")
        for source, target in ((low, MIN + name), (high, MAX + name)):
            if source not in actions.columns:
                continue
            bound = pl.col(source).cast(dtype, strict=False)
            if isinstance(dtype, pl.Datetime) and target.startswith(MAX):
                # The log may keep milliseconds, cut off: the true maximum may be later.
                bound = bound.dt.offset_by("999us")
            columns.append(bound.alias(target))
    files = actions.select(columns)
    return files.with_columns(pl.col("path").map_elements(unquote, return_dtype=pl.String))


def unknown() -> pl.Expr:
    """Return the number of rows of files whose writer did not say."""
    return pl.lit(None, pl.Int64).alias("num_records")


def seen(dtype: pl.DataType) -> pl.DataType:
    """Return the type under which SQL sees a stored one."""
    return TIME if isinstance(dtype, pl.Datetime) else dtype


def stored_filter(predicate: ColumnPredicate, dtype: pl.DataType) -> pl.Expr | None:
    """Return a filter on stored rows that keeps every row for which *predicate* holds."""
    values = [value for value in values_of(predicate) if value is not None]
    if len(values) != len(values_of(predicate)) or dtype.is_nested():
        return None
    if isinstance(dtype, pl.Datetime):
        if not all(isinstance(value, int) for value in values):
            return None
        nanos = pl.Series(values, dtype=pl.Int64)
        stored = nanos.cast(pl.Datetime("ns", dtype.time_zone)).cast(dtype)
    else:
        stored = pl.Series(values, dtype=dtype)
    column = pl.col(predicate.column)
    if predicate.op == "in":
        return column.is_in(stored.implode())
    return _COMPARISONS[predicate.op](column, pl.lit(stored.first(), dtype=dtype))


def local_path(uri: str) -> str:
    """Return a plain path for a local table, else the URI."""
    parts = urlsplit(uri)
    return unquote(parts.path) if parts.scheme == "file" else uri


@dataclass(frozen=True, slots=True)
class ForeignCatalog:
    """Foreign tables by name; there are no table functions."""

    tables: Mapping[str, ForeignTable]

    def table(self, name: str) -> ForeignTable:
        """Return the table called *name*, or raise `UnknownTable`."""
        if name not in self.tables:
            raise UnknownTable(f"no table {name!r}; there are: {', '.join(self.tables)}")
        return self.tables[name]

    def table_function(self, name: str, args: Sequence[object]) -> ForeignTable:
        """Raise `UnknownTable`."""
        del args
        raise UnknownTable(f"no table function {name!r}")

    def schemas(self) -> Mapping[str, Schema]:
        """None beside the public one."""
        return {}

    def table_names(self) -> Sequence[str]:
        """Names of the tables."""
        return tuple(self.tables)


@dataclass(slots=True)
class ForeignTables:
    """
    Opens foreign tables for each query; a table is opened once, at its version of then.

    They have no event time of ours, so the range of a call does not apply to them.

    Attributes:
        running: The queries under way.
    """

    tables: dict[str, ForeignTable]
    running: RunningQueries = field(default_factory=RunningQueries)

    @contextmanager
    def open(
        self,
        time_range: TimeRange | None,
        token: CancelToken,
        scratch: Scratch,
        progress: Progress | None = None,
        *,
        reader: Principal,
        admin: bool = True,
        patience: Patience | None = None,
    ) -> Iterator[ForeignCatalog]:
        """Open the tables; there are no functions of administrators, and nothing to build."""
        del time_range, token, scratch, progress, reader, admin, patience
        yield ForeignCatalog(self.tables)

    def close(self, timeout_s: float) -> bool:
        """Return that nothing is being built."""
        del timeout_s
        return True

    def views(self) -> Views:
        """Return ours, which these tables are none of."""
        return BUILT_IN

    def schemas(self, *, admin: bool = True) -> ForeignCatalog:
        """Return the tables."""
        del admin
        return ForeignCatalog(self.tables)
