"""
What turning acknowledged blocks into a Delta table costs: CPU per row of log_entries.

Peers, on the same rows: DuckDB reading them as NDJSON (how such events usually travel) and writing
sorted zstd Parquet, which is the same job from another wire format; and deltalake writing the
finished table, which is the part of our work that nobody can leave out.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import psutil
import pyarrow as pa
from deltalake import write_deltalake

from assets.materialize import materialize
from assets.storage.lake import Lake, open_lake
from assets.storage.tables import TableCache
from assets.views.catalog import view_named
from assets.views.physical import table_spec
from benchmarks.report_lines import Line, Spent, arguments, emit, measured
from benchmarks.scratch_lake import ScratchLake, scratch_lake
from benchmarks.sent_traffic import send_traffic

ROWS_PER_BLOCK = 5_000
VIEW = view_named("log_entries")
WARM_UP_VIEW = view_named("measures")
"""Materialized first, so that imports and thread pools are not counted to the first rows."""
TEXTS = ("process_id", "stream_id", "block_id", "exe", "username", "computer", "target", "msg")
MAPS = ("properties", "process_properties")
NDJSON_ROWS_PER_BATCH = 50_000


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of the same rows: our table, DuckDB's Parquet, the NDJSON."""

    table: int
    parquet: int
    ndjson: int


def main() -> None:
    """Measure and print."""
    blocks = 24 if arguments(__doc__).quick else 400
    with scratch_lake() as lake:
        sent = send_traffic(lake, blocks, ROWS_PER_BLOCK)
        with open_lake(lake.settings) as opened:
            ours, size = materialized(lake, opened)
            table = ready_table(opened)
        assert table.num_rows == sent.log_rows, "every acknowledged row is in the table, once"
        ndjson = lake.folder / "rows.ndjson"
        write_ndjson(table, ndjson)
        parquet = lake.folder / "duckdb.parquet"
        from_json = duckdb_job(ndjson, parquet)
        sizes = Sizes(size, parquet.stat().st_size, ndjson.stat().st_size)
        write_only = delta_write(table, lake.folder / "plain")
    report(sent.log_rows, sizes, ours, from_json, write_only)


def materialized(lake: ScratchLake, opened: Lake) -> tuple[Spent, int]:
    """Run the increment that Dagster would run; returns its cost and the table's bytes."""
    tables = TableCache()
    materialize(opened, WARM_UP_VIEW, tables)
    with measured(ours=psutil.Process(), postgres=lake.postgres) as spent:
        materialize(opened, VIEW, tables)
    files = tables.snapshot(opened, table_spec(VIEW)).files
    return spent, int(files["size_bytes"].sum())


def ready_table(opened: Lake) -> pa.Table:
    """Return what the table holds, as Arrow."""
    files = TableCache().snapshot(opened, table_spec(VIEW)).files["path"].to_list()
    return pl.read_parquet(files, hive_partitioning=True).to_arrow()


def write_ndjson(table: pa.Table, path: Path) -> None:
    """Write the rows as a log shipper would: one JSON object a line, times in microseconds."""
    with path.open("w", encoding="utf-8") as output:
        for row in _plain_rows(table):
            output.write(json.dumps(row, separators=(",", ":")) + "\n")


def _plain_rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    names = (*TEXTS, "level", *MAPS, "time", "insert_time")
    numbers = {"time": pa.int64(), "insert_time": pa.int64()}
    for batch in table.select(names).to_batches(max_chunksize=NDJSON_ROWS_PER_BATCH):
        columns = [
            batch[name].cast(numbers[name]) if name in numbers else batch[name] for name in names
        ]
        for row in pa.RecordBatch.from_arrays(columns, names=names).to_pylist():
            yield row | {name: dict(row[name]) for name in MAPS}


def duckdb_job(ndjson: Path, target: Path) -> Spent:
    """Read the NDJSON with a given schema and write it sorted, zstd, in our row group size."""
    columns = dict.fromkeys(TEXTS, "VARCHAR") | {"level": "INTEGER"}
    columns |= dict.fromkeys(MAPS, "MAP(VARCHAR, VARCHAR)")
    columns |= {"time": "BIGINT", "insert_time": "BIGINT"}
    with duckdb.connect() as connection, measured(ours=psutil.Process()) as spent:
        connection.execute(
            f"COPY (SELECT * REPLACE (make_timestamp(time) AS time,"
            f" make_timestamp(insert_time) AS insert_time)"
            f" FROM read_json('{ndjson}', format='newline_delimited', columns={columns})"
            f" ORDER BY process_id, time)"
            f" TO '{target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3,"
            f" ROW_GROUP_SIZE 262144)"
        )
    return spent


def delta_write(table: pa.Table, target: Path) -> Spent:
    """Write the finished rows as a Delta table with deltalake's defaults."""
    with measured(ours=psutil.Process()) as spent:
        write_deltalake(str(target), table)
    return spent


def report(rows: int, size: Sizes, ours: Spent, from_json: Spent, write_only: Spent) -> None:
    """Print CPU per row against both peers, wall time, and bytes per row."""
    cpu_s = ours.cpu_s["ours"]
    conditions = {
        "rows": rows,
        "rows_per_s_per_core": round(rows / cpu_s),
        "rows_per_s_wall": round(rows / ours.wall_s),
        "postgres_cpu_s": round(ours.cpu_s["postgres"], 3),
        "ndjson_bytes_per_row": round(size.ndjson / rows),
    }
    json_peer = "DuckDB: NDJSON of the same rows -> sorted zstd Parquet"
    write_peer = "deltalake: writing the finished rows"

    def line(name: str, unit: str, value: float, peer: str, peer_value: float) -> None:
        emit(
            Line(
                name=name,
                value=value,
                unit=unit,
                peer=peer,
                peer_value=peer_value,
                conditions=conditions,
            )
        )

    def per_row(seconds: float) -> float:
        return seconds / rows * 1e6

    unit = "us/row"
    line("materialize.cpu", unit, per_row(cpu_s), json_peer, per_row(from_json.cpu_s["ours"]))
    line("materialize.wall", unit, per_row(ours.wall_s), json_peer, per_row(from_json.wall_s))
    line(
        "materialize.cpu_of_write",
        unit,
        per_row(cpu_s),
        write_peer,
        per_row(write_only.cpu_s["ours"]),
    )
    line("materialize.size", "bytes/row", size.table / rows, "that Parquet", size.parquet / rows)


if __name__ == "__main__":
    main()
