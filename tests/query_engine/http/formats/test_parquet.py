"""Results as Parquet files that are written while the query runs."""

import datetime as dt
import io
from decimal import Decimal

import httpx
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from query_engine.execution import Rows
from query_engine.http.formats.parquet import ParquetFile
from query_engine.limits import PARQUET_GROUP_BYTES, PARQUET_GROUP_ROWS
from tests.query_engine.http.asking import ask


def test_a_download_is_a_file_with_a_name(client):
    """
    Row groups are bounded, however many rows there are.
    """
    answer = ask(client, "SELECT m FROM many LIMIT 600000", format="parquet")
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    name = f'attachment; filename="query-{answer.headers["x-query-id"]}.parquet"'
    assert answer.headers["content-disposition"] == name
    file = pq.ParquetFile(io.BytesIO(answer.content))
    assert file.metadata.num_rows == 600_000
    groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert len(groups) > 1
    assert max(groups) < 2 * PARQUET_GROUP_ROWS


def test_every_type_comes_back_as_it_was(client, memory_tables):
    """
    Nanoseconds, maps, durations and decimals included.
    """
    frame = pl.DataFrame(
        {
            "time": pl.Series([1_760_000_000_123_456_789]).cast(pl.Datetime("ns", "UTC")),
            "span": pl.Series([5], dtype=pl.Duration("ns")),
            "date": [dt.date(2026, 1, 1)],
            "price": pl.Series([Decimal("1.50")], dtype=pl.Decimal(10, 2)),
            "map": pl.Series([{"k": "v"}], dtype=pl.Map(pl.String(), pl.String())),
            "list": [["a", None]],
            "bytes": [b"\x00"],
            "null": pl.Series([None], dtype=pl.String()),
        }
    )
    memory_tables.frames["kinds"] = frame.lazy()
    plain = ask(client, "SELECT * FROM kinds", format="arrow")
    for compression in (None, "none", "lz4"):
        answer = ask(client, "SELECT * FROM kinds", format="parquet", compression=compression)
        table = pq.read_table(io.BytesIO(answer.content))
        assert table.equals(pa.ipc.open_stream(plain.content).read_all())


def test_an_empty_result_is_a_file_too(client):
    """
    With columns and no row group.
    """
    answer = ask(client, "SELECT t, s FROM empty", format="parquet")
    assert pq.read_schema(io.BytesIO(answer.content)).names == ["t", "s"]


def test_a_late_error_leaves_a_file_without_an_end(client, late):
    """
    The body is cut off, and what was kept of it is no Parquet file.
    """
    body = {"sql": f"SELECT n FROM {late}", "format": "parquet"}
    got = []
    asked = client.stream("POST", "/api/query", json=body)
    with asked as answer, pytest.raises(httpx.RemoteProtocolError):
        got.extend(answer.iter_bytes())
    assert got[0].startswith(b"PAR1")
    with pytest.raises(pa.ArrowInvalid):
        pq.read_table(io.BytesIO(b"".join(got)))


def test_a_group_leaves_when_its_rows_or_its_bytes_are_many():
    """
    What waits in memory is at most one group.
    """
    few = pa.record_batch({"n": pa.array([b"x" * (PARQUET_GROUP_BYTES // 4)])})
    file = ParquetFile("none")
    file.begin(few.schema, "")
    sizes = [len(file.rows(Rows(few, memoryview(b"")))) for _ in range(5)]
    assert [size > 0 for size in sizes] == [False, False, False, True, False]
