"""
The table that every server here serves: 10 million rows of six columns, made once and kept.

A time in nanoseconds, a 32-bit and a 64-bit number, a float, a name of few and an id of many
values: about 50 bytes a row on the wire. It is kept as a Delta table, which is what users have, and
as an Arrow file, which costs nothing to read: what is left of a query over that one is the door.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl
import pyarrow as pa
from deltalake import write_deltalake

CHUNK_ROWS = 1_000_000
BATCH_ROWS = 65_536
BEGIN_US = 1_782_864_000_000_000  # 2026-07-01T00:00:00Z
NAMES = [f"{part}.{verb}" for part in ("cart", "stock", "mail") for verb in ("get", "put", "find")]
SCHEMA = pa.schema(
    [
        ("ts", pa.timestamp("ns", "UTC")),
        ("level", pa.int32()),
        ("seconds", pa.float64()),
        ("bytes", pa.int64()),
        ("name", pa.utf8()),
        ("request", pa.utf8()),
    ]
)


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the two forms of the table lie."""

    rows: int
    delta: Path
    arrow: Path

    @classmethod
    def of(cls, rows: int) -> Self:
        """Return the table of so many rows, made if it is not there yet."""
        folder = Path(tempfile.gettempdir()) / "limnograph-bench" / f"doors-{rows}"
        if not folder.exists():
            building = folder.with_suffix(".building")
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir(parents=True)
            _write(building, rows)
            building.rename(folder)
        return cls(rows, folder / "delta", folder / "rows.arrow")

    def load(self) -> pa.Table:
        """Return the rows in memory, in batches as servers send them."""
        with pa.OSFile(str(self.arrow)) as file:
            return pa.ipc.open_file(file).read_all()


def chunk(begin: int, count: int) -> pl.DataFrame:
    """Return rows *begin* to *begin* + *count*: the same ones whenever they are made."""
    random = np.random.default_rng(begin)
    names = pl.Series(NAMES, dtype=pl.String).gather(random.integers(0, len(NAMES), count))
    return pl.DataFrame(
        {
            "ts": pl.Series(BEGIN_US + 250 * np.arange(begin, begin + count)).cast(
                pl.Datetime("us", "UTC")
            ),
            "level": random.integers(1, 6, count).astype(np.int32),
            "seconds": random.exponential(0.05, count),
            "bytes": random.integers(0, 1 << 40, count),
            "name": names,
            "request": pl.Series(random.integers(1 << 28, 1 << 32, count)).cast(pl.String),
        }
    )


def _write(folder: Path, rows: int) -> None:
    with pa.ipc.new_file(str(folder / "rows.arrow"), SCHEMA) as arrow:
        for begin in range(0, rows, CHUNK_ROWS):
            frame = chunk(begin, min(CHUNK_ROWS, rows - begin))
            write_deltalake(str(folder / "delta"), frame.to_arrow(), mode="append")
            table = frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(SCHEMA)
            for batch in table.combine_chunks().to_batches(max_chunksize=BATCH_ROWS):
                arrow.write_batch(batch)
