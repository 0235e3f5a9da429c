"""
What a query does with less memory than its data: `python -m benchmarks.memory [--quick]`.

A group-by, a sort and a join over Parquet files ten times as large, in memory, as what one query
may use. Each either finishes, spilling to disk, or ends with `resource_exhausted`; the result is
checked, the process's peak is measured beside what it may be, and a small query is answered
meanwhile.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pyarrow as pa

from benchmarks.report_lines import Line, emit
from query_engine.errors import ResourceExhausted
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.memory import MemoryTables

ROW_BYTES = 56
"""What a row takes in memory: two numbers, a hash, and its text of 20 bytes with a view on it."""

FILE_ROWS = 5_000_000

QUESTIONS = {
    "group_by": "SELECT count(*) AS rows, sum(n) AS n FROM "
    "(SELECT k, s, count(*) AS n FROM big GROUP BY k, s)",
    "sort": "SELECT k, v, s FROM big ORDER BY s",
    "join": "SELECT count(*) AS rows, sum(a.v - b.v) AS n FROM big a JOIN big b ON a.k = b.k",
}


def main() -> int:
    """Run the three questions; returns how many broke their promise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="an eighth of the size")
    parser.add_argument("--cap-mib", type=int, default=0, help="what one query may use")
    args = parser.parse_args()
    cap = (args.cap_mib or (256 if args.quick else 2048)) << 20
    rows = 10 * cap // ROW_BYTES
    settings = QuerySettings(memory_bytes_max=cap, query_seconds_max=3600)
    with tempfile.TemporaryDirectory(dir=settings.scratch_dir) as directory:
        paths = made(Path(directory), rows)
        tables = MemoryTables({"big": pl.scan_parquet(paths)})
        service = QueryService(tables, settings, QueryMetrics())
        broken = sum(asked(service, name, sql, rows, cap) for name, sql in QUESTIONS.items())
        service.close(5)
    return broken


def made(directory: Path, rows: int) -> list[Path]:
    """Write files of *rows* rows with distinct keys in no order."""
    paths = []
    for number, start in enumerate(range(0, rows, FILE_ROWS)):
        numbers = pl.int_range(start, min(rows, start + FILE_ROWS), eager=True)
        # An odd factor permutes the numbers below a power of two.
        keys = (numbers.cast(pl.UInt64) * 0x9E37_79B9 % (1 << 40)).cast(pl.Int64)
        frame = pl.DataFrame({"v": numbers, "k": keys, "h": keys.hash(1)})
        text = pl.col("h").cast(pl.String).str.zfill(20).alias("s")
        paths.append(directory / f"{number}.parquet")
        frame.select("k", "v", text).write_parquet(paths[-1])
    return paths


def asked(service: QueryService, name: str, sql: str, rows: int, cap: int) -> bool:
    """Ask one question and print what came of it; returns whether a promise was broken."""
    begun = time.perf_counter()
    stream = service.query(sql)
    (query,) = [q for q in service.running.all() if q.query_id == stream.query_id]
    small = list(service.query("SELECT 1 AS one").batches)
    try:
        ended, whole = "finished", whole_result(name, stream.batches, rows)
    except ResourceExhausted as error:
        ended, whole = str(error), True
    conditions = {
        "ended": ended,
        "whole": whole,
        "seconds": round(time.perf_counter() - begun, 1),
        "rows": rows,
        "bytes": rows * ROW_BYTES,
    }
    peak = query.usage.peak_bytes / (1 << 20)
    emit(
        Line(
            name=f"memory.{name}",
            value=peak,
            unit="MiB",
            peer="what one query may use",
            peer_value=cap / (1 << 20),
            conditions=conditions,
        )
    )
    kept = query.usage.peak_bytes < 1.1 * cap
    return not (whole and kept and len(small) == 1)


def whole_result(name: str, batches: Iterable[pa.RecordBatch], rows: int) -> bool:
    """Say whether the result is what it must be."""
    count, last = 0, ""
    for batch in batches:
        if name != "sort":
            row = batch.to_pylist()[0]
            return row["rows"] == rows and row["n"] == (rows if name == "group_by" else 0)
        texts = pl.Series(batch.column("s"))
        if not (texts.is_sorted() and last <= texts[0]):
            return False
        count, last = count + batch.num_rows, texts[-1]
    return count == rows


if __name__ == "__main__":
    sys.exit(main())
