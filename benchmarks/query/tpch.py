"""
The TPC-H suite: data of the generator wheel, kept as Delta tables between runs.

The tables are written once per scale factor into the temporary folder of the machine.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake

from benchmarks.query.engines import engines_over, planning
from benchmarks.query.suite import Suite
from benchmarks.query.tpch_queries import QUESTIONS

TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")


def suite(scale: float, *, doubles: bool = False) -> Suite:
    """Return the suite at a scale factor; *doubles*: prices as DOUBLE instead of DECIMAL."""
    paths = tables(scale, doubles=doubles)
    rows = {name: DeltaTable(path).count() for name, path in paths.items()}
    words = {"fraction": f"{0.0001 / scale:.10f}"}
    return Suite(
        name="tpch",
        questions=QUESTIONS,
        engines=engines_over(paths),
        rows={"lineitem": rows["lineitem"]},
        plan=planning(paths),
        words={"limnograph": words, "duckdb": words, "datafusion": words},
    )


def tables(scale: float, *, doubles: bool) -> dict[str, Path]:
    """Return the Delta tables, made if they are not there yet."""
    kind = "double" if doubles else "decimal"
    folder = Path(tempfile.gettempdir()) / "limnograph-bench" / f"tpch-{scale:g}-{kind}"
    if not folder.exists():
        building = folder.with_suffix(".building")
        shutil.rmtree(building, ignore_errors=True)
        raw = building / "raw"
        raw.mkdir(parents=True)
        generator = Path(sys.executable).with_name("tpchgen-cli")
        subprocess.run(
            [generator, "parquet", "-s", f"{scale:g}", f"--output-dir={raw}"],
            check=True,
            capture_output=True,
        )
        for name in TABLES:
            write_table(raw / f"{name}.parquet", building / name, doubles=doubles)
        shutil.rmtree(raw)
        building.rename(folder)
    return {name: folder / name for name in TABLES}


def write_table(source: Path, target: Path, *, doubles: bool) -> None:
    """Write a generated file as a Delta table with deltalake's defaults."""
    reader = pq.ParquetFile(source)
    fields = [
        pa.field(field.name, stored(field.type, doubles=doubles), nullable=False)
        for field in reader.schema_arrow
    ]
    schema = pa.schema(fields)
    batches = (batch.cast(schema) for batch in reader.iter_batches(batch_size=1 << 17))
    write_deltalake(str(target), pa.RecordBatchReader.from_batches(schema, batches))


def stored(dtype: pa.DataType, *, doubles: bool) -> pa.DataType:
    """Return the type under which a generated column is stored."""
    if pa.types.is_string_view(dtype):
        return pa.string()
    return pa.float64() if doubles and pa.types.is_decimal(dtype) else dtype
