"""Fills a slice, then rewrites it in a process whose peak memory is that of rewriting alone."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pyarrow as pa
from psycopg_pool import ConnectionPool

from assets.storage.lake import Lake
from assets.storage.objects import open_store
from assets.storage.tables.compact import commit_compaction, plan_compaction
from assets.storage.tables.rewriting import Budget
from assets.storage.tables.write import append
from tests.assets.storage.tables.sample import ONE, SPEC, cover, newest

FILES, ROWS = 24, 150_000
BUDGET = Budget(target_bytes=8 * 2**20, memory_bytes=48 * 2**20)


def lake_in(folder: Path) -> Lake:
    """Neither plan nor commit of a compaction needs the database."""
    uri = folder.as_uri()
    pool: ConnectionPool = ConnectionPool("", open=False)
    return Lake(objects=open_store(uri), pool=pool, root_uri=uri, delta_options={})


def fill(lake: Lake) -> None:
    """Append files whose rows are all different."""
    micros = int(ONE.start.timestamp()) * 10**6
    for position in range(1, FILES + 1):
        numbers = pl.Series(range(ROWS), dtype=pl.Int64)
        frame = pl.DataFrame({"n": numbers}).select(
            process_id=pl.format("process-{}", pl.col("n") % 50),
            time=(micros + pl.col("n") * 977 % 3_600_000_000).cast(pl.Datetime("us", "UTC")),
            time_rem=pl.lit(0, pl.Int16),
            name=pl.format("a message of some length, number {} of {}", pl.col("n"), position),
            value=pl.col("n").cast(pl.Float64),
            date=pl.lit(ONE.start.date()),
            slice=pl.lit(ONE.hour),
        )
        maps = pa.array([[("route", "/")]] * ROWS, SPEC.schema.field("properties").type)
        table = frame.to_arrow().append_column("properties", maps).select(SPEC.schema.names)
        append(lake, SPEC, newest(lake), table.cast(SPEC.schema), cover(position, ONE))


def peak_bytes() -> int:
    """Return the most memory that this process has had resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Fill in one process, merge in the next: the peak is that of merging alone."""
    lake = lake_in(Path(sys.argv[1]))
    if len(sys.argv) == 2:
        fill(lake)
        command = [sys.executable, __file__, sys.argv[1], "merge"]
        subprocess.run(command, check=True)
        return
    plan = plan_compaction(lake, SPEC, ONE, BUDGET)
    one = pl.read_parquet(plan.files["path"][0], hive_partitioning=False)
    rows_bytes = one.estimated_size() * FILES
    before, begun = peak_bytes(), time.monotonic()
    report = commit_compaction(lake, plan)
    assert report.rows == FILES * ROWS
    told = {
        "rows_bytes": rows_bytes,
        "budget_bytes": BUDGET.memory_bytes,
        "more_bytes": peak_bytes() - before,
        "files": report.files_after,
        "seconds": time.monotonic() - begun,
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
