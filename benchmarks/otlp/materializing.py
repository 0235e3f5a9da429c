"""
CPU per row from stored blocks to a committed Delta table, beside upb and a loop over rows.

Both sides read the same objects of the same lake and write a table of the same rows, columns and
order with the same compression; all threads and Postgres count. Ours plans, checks, keeps
statistics and promoted keys besides; the peer only writes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
import psutil
from deltalake import WriterProperties, write_deltalake

from assets.materialize import materialize, payloads, tail_refs
from assets.storage.lake import Lake, open_lake
from assets.storage.layout import Slice
from assets.storage.metadata.blocks import process_infos
from assets.storage.metadata.records import BlockRef
from assets.storage.tables import TableCache
from assets.storage.tables.limits import ROW_GROUP_ROWS, ZSTD_LEVEL
from assets.views.catalog import view_named
from assets.views.physical import from_storage, table_spec, to_storage
from assets.views.view import View
from benchmarks.otlp import row_by_row, traffic
from benchmarks.otlp.sending import bodies, sent
from benchmarks.report_lines import Line, Spent, measured
from benchmarks.scratch_lake import ScratchLake, scratch_lake

WARM_UP = 4
PEER = "protobuf (upb), a loop over rows, deltalake"
TABLES = {
    "logs": ("logs", "log_entries", row_by_row.logs),
    "spans": ("traces", "otel_spans", row_by_row.spans),
    "points": ("metrics", "measures", row_by_row.points),
    "histograms": ("metrics", "measure_histograms", row_by_row.histograms),
}
"""What is measured to the signal that holds it, its view, and the loop over its rows."""

NOT_BY_ROWS = ("histogram", "thread_stream_id", "span_number")
"""Columns that the peer leaves out: bins which only our SQL functions take, ids of our own SDK."""


@dataclass(frozen=True, slots=True)
class Result:
    """What both sides took for so many rows."""

    rows: int
    ours: Spent
    theirs: Spent
    bytes_per_row: float


def lines(requests: int) -> Iterator[Line]:
    """Store requests of a batch each, then make a table of every kind of rows, twice."""
    with scratch_lake() as scratch, open_lake(scratch.settings) as lake:
        tables = TableCache()
        for part, count in (("warm up", WARM_UP), ("measured", requests)):
            with scratch.ingest() as service:
                for signal in ("logs", "traces", "metrics"):
                    sent(service, scratch, f"/v1/{signal}", bodies(signal, count, part), ())
            for name in TABLES:
                result = both(scratch, lake, tables, name)
                if part == "measured":
                    yield line(name, result, requests)


def line(name: str, result: Result, blocks: int) -> Line:
    """Return what is printed of a table."""
    ours, theirs = (sum(spent.cpu_s.values()) for spent in (result.ours, result.theirs))
    return Line(
        name=f"otlp.{name} to table", value=1e6 * ours / result.rows, unit="CPU us per row",
        peer=PEER, peer_value=1e6 * theirs / result.rows,
        conditions={
            "rows": result.rows,
            "blocks": blocks,
            "rows_per_cpu_s": round(result.rows / ours),
            "peer_rows_per_cpu_s": round(result.rows / theirs),
            "rows_per_s_wall": round(result.rows / result.ours.wall_s),
            "bytes_per_row_stored": round(result.bytes_per_row, 1),
        },
    )  # fmt: skip


def both(scratch: ScratchLake, lake: Lake, tables: TableCache, name: str) -> Result:
    """Materialize what a table lacks, have the peer do the same, and compare all rows."""
    _, view_name, _ = TABLES[name]
    view = view_named(view_name)
    blocks = tail_refs(lake, view, tables.snapshot(lake, table_spec(view)))
    peer_uri = str(scratch.folder / f"by_rows_{view.name}")
    with measured(us=psutil.Process(), postgres=scratch.postgres) as ours:
        report = materialize(lake, view, tables)
    with measured(them=psutil.Process(), postgres=scratch.postgres) as theirs:
        written = by_rows(lake, view, blocks, name, peer_uri)
    assert report.rows == written, f"{name}: the same number of rows"
    files = tables.snapshot(lake, table_spec(view)).files
    compare(name, view, files["path"].to_list(), peer_uri)
    size = files["size_bytes"].sum() / files["num_records"].sum()
    return Result(written, ours, theirs, size)


def by_rows(lake: Lake, view: View, blocks: Sequence[BlockRef], name: str, uri: str) -> int:
    """Do what our materialization does the usual way; returns how many rows were written."""
    _, _, loop = TABLES[name]
    with lake.connection() as conn:
        senders = process_infos(conn, {block.process_id for block in blocks}, None)
    frames = []
    for block, payload in payloads(lake.objects, blocks):
        sender = senders[block.process_id]
        texts = {
            "process_id": block.process_id,
            "stream_id": block.stream_id,
            "block_id": block.block_id,
            "exe": sender.exe,
            "username": sender.username,
            "computer": sender.computer,
        }
        properties = pl.Series([sender.properties], dtype=view.schema["process_properties"])
        frames.append(
            loop(bytes(payload)).with_columns(
                *(pl.lit(text).alias(key) for key, text in texts.items()),
                pl.lit(block.insert_time).cast(view.schema["insert_time"]).alias("insert_time"),
                pl.lit(properties).first().alias("process_properties"),
            )
        )
    rows = pl.concat(frames)
    missing = [pl.lit(None, view.schema[column]).alias(column) for column in NOT_BY_ROWS
               if column in view.schema]  # fmt: skip
    rows = rows.with_columns(missing).select(view.schema.names()).sort(view.sort_by)
    spec = table_spec(view)
    write_deltalake(
        uri,
        to_storage(rows, view, Slice.containing(blocks[0].insert_time)),
        mode="append",
        partition_by=list(spec.partition_by),
        configuration={"delta.dataSkippingStatsColumns": ",".join(spec.stats_columns)},
        writer_properties=WriterProperties(
            compression="ZSTD", compression_level=ZSTD_LEVEL, max_row_group_size=ROW_GROUP_ROWS
        ),
    )
    return rows.height


def compare(name: str, view: View, files: Sequence[str], peer_uri: str) -> None:
    """Make sure that both tables hold the same rows."""
    compared = [column for column in view.columns if column.name not in NOT_BY_ROWS]
    columns = [column.name for column in compared]
    order = [pl.col(column.name) for column in compared if not column.dtype.is_nested()]
    order += [pl.col("properties").map.get(key) for key in traffic.KEYS]
    ours = from_storage(pl.scan_parquet(list(files), missing_columns="insert"), view)
    theirs = from_storage(pl.scan_parquet(f"{peer_uri}/**/*.parquet"), view)
    mine, other = (frame.select(columns).sort(order).collect() for frame in (ours, theirs))
    assert mine.equals(other), f"{name}: the same rows"
