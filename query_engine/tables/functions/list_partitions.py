"""list_partitions(): every live file of every view, with the slice that it holds."""

from dataclasses import dataclass

import polars as pl

from assets.storage.metadata.audiences import NotForAudience
from assets.storage.tables import Snapshot
from assets.views.physical import table_spec
from assets.views.view import TIME, View
from query_engine.sql.catalog import ScanRequest
from query_engine.tables.functions.function import LakeFunction, schema_of
from query_engine.tables.functions.schema_hash import schema_hash
from query_engine.tables.session import QuerySession

ROWS = (
    ("view_set_name", pl.String(), "name of the view"),
    ("view_instance_id", pl.String(), "'global', or the process of a view kept per process"),
    ("begin_insert_time", TIME, "where the slice of insert time begins"),
    ("end_insert_time", TIME, "where it ends, not included"),
    ("min_event_time", TIME, "no event of the file is earlier; NULL if unknown"),
    ("max_event_time", TIME, "no event of the file is later; NULL if unknown"),
    ("file_path", pl.String(), "where the file is"),
    ("file_size", pl.Int64(), "its bytes"),
    ("file_schema_hash", pl.Binary(), "current_schema_hash of the view when it was written"),
    ("num_rows", pl.Int64(), "its rows"),
    ("sort_order", pl.List(pl.String()), "columns that its rows are ordered by"),
)


@dataclass(frozen=True, slots=True)
class Partitions:
    """The call; it has no arguments."""

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return schema_of(ROWS)

    def scan(self, session: QuerySession, _request: ScanRequest) -> pl.LazyFrame:
        """Return one row for each file of the snapshots that the query reads."""
        if session.audiences is not None:
            raise NotForAudience("list_partitions")
        found = [files_of(view, session.snapshot(view)) for view in session.views.materialized]
        return session.scratch.frame(pl.concat([self.schema.to_frame(), *found]))


def files_of(view: View, snapshot: Snapshot) -> pl.DataFrame:
    """Return the files of one view."""
    spec = table_spec(view)
    hour = pl.when(pl.col("slice") == "day").then(pl.lit("00")).otherwise("slice")
    hours = pl.when(pl.col("slice") == "day").then(24).otherwise(1)
    begin = pl.col("date").cast(TIME) + pl.duration(hours=hour.cast(pl.Int64))
    last = view.end_column or view.time_column
    owner = pl.col("process_id") if "process_id" in spec.partition_by else pl.lit("global")
    built_by = snapshot.generations_of(snapshot.files)
    hashes = [None if by is None else schema_hash(by) for by in built_by]
    return snapshot.files.with_columns(pl.Series("hash", hashes, dtype=pl.Binary())).select(
        pl.lit(view.name).alias("view_set_name"),
        owner.alias("view_instance_id"),
        begin.cast(TIME).alias("begin_insert_time"),
        (begin + pl.duration(hours=hours)).cast(TIME).alias("end_insert_time"),
        pl.col(f"min_{view.time_column}").cast(TIME).alias("min_event_time"),
        pl.col(f"max_{last}").cast(TIME).alias("max_event_time"),
        pl.col("path").alias("file_path"),
        pl.col("size_bytes").alias("file_size"),
        pl.col("hash").alias("file_schema_hash"),
        pl.col("num_records").alias("num_rows"),
        pl.lit(list(view.sort_by), dtype=pl.List(pl.String())).alias("sort_order"),
    )


LIST_PARTITIONS = LakeFunction(
    name="list_partitions",
    written="list_partitions()",
    opens=Partitions,
    counts=range(1),
    doc=(
        "Every live file of every view as of the query's moment. A slice may have several. Files "
        "whose file_schema_hash is not the view's current_schema_hash (list_view_sets) were built "
        "by the view as it was before, and are read until they are rebuilt."
    ),
    rows=ROWS,
)
