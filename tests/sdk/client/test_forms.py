"""The forms of an answer: values, reading again, files, and what a prompt and a notebook show."""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from limnograph.client import Client, QueryError
from limnograph.client.files import ParquetFile
from limnograph.client.limits import KEPT_BYTES_MAX, ROW_GROUP_ROWS, SHOWN_ROWS
from limnograph.client.rows import tuples

TIME_NS = 1_700_000_000_123_456_789


def test_pandas_keeps_nanoseconds_and_zone(lake: Client) -> None:
    """
    A frame that pandas users know: UTC times of ns, booleans with gaps, dates.
    """
    frame = lake.query("SELECT t, b, d FROM kinds ORDER BY t").pandas()
    assert str(frame["t"].dtype) == "datetime64[ns, UTC]"
    assert frame["t"][0].value == TIME_NS
    assert frame["d"][0] == date(2026, 1, 31)
    arrow = lake.query("SELECT t FROM kinds").pandas(types_mapper=pd.ArrowDtype)
    assert arrow["t"].dtype == pd.ArrowDtype(pa.timestamp("ns", "UTC"))


def test_maps_are_dicts_in_pandas_and_rows(lake: Client) -> None:
    """
    ``properties`` can be looked into without knowing Arrow.
    """
    result = lake.query("SELECT MAP {'a': '1', 'b': NULL} AS m, n FROM numbers LIMIT 1")
    assert result.pandas()["m"][0] == {"a": "1", "b": None}
    assert result.dicts() == [{"m": {"a": "1", "b": None}, "n": 0}]


def test_rows_are_plain_python(lake: Client) -> None:
    """
    Times are datetimes in UTC, cut to microseconds; lists, dates and booleans are Python's.
    """
    first, _ = lake.query("SELECT t, f, b, d, l FROM kinds ORDER BY t").rows()
    moment = datetime(2023, 11, 14, 22, 13, 20, 123456, UTC)
    assert first == (moment, 0.5, True, date(2026, 1, 31), [moment])
    assert first[0].utcoffset().total_seconds() == 0


def test_nested_values_of_every_shape_become_python() -> None:
    """
    Times inside of lists, structs and maps are cut like others.
    """
    ns = pa.timestamp("ns", "UTC")
    moment = datetime(2023, 11, 14, 22, 13, 20, 123456, UTC)
    kinds = {
        "s": (pa.struct([("t", ns)]), {"t": TIME_NS}, {"t": moment}),
        "m": (pa.map_(pa.string(), ns), [("k", TIME_NS)], {"k": moment}),
        "ll": (pa.list_(pa.large_list(ns)), [[TIME_NS]], [[moment]]),
    }
    arrays = [pa.array([given, None], kind) for kind, given, _ in kinds.values()]
    batch = pa.RecordBatch.from_arrays(arrays, names=list(kinds))
    rows = list(tuples(batch))
    assert rows == [tuple(expected for *_, expected in kinds.values()), (None, None, None)]
    text = pa.array(["a", "b", "a"]).dictionary_encode()
    assert list(tuples(pa.record_batch({"d": text}))) == [("a",), ("b",), ("a",)]


def test_one_and_scalar_refuse_other_shapes(lake: Client) -> None:
    """
    One value is one value.
    """
    assert lake.query("SELECT max(n) AS n FROM numbers").scalar() == 9
    assert lake.query("SELECT n, name FROM numbers WHERE n = 3").one() == {"n": 3, "name": "n3"}
    for wrong in ("SELECT n FROM numbers", "SELECT n FROM numbers WHERE n < 0"):
        with pytest.raises(QueryError, match="expected one row"):
            lake.query(wrong).scalar()
    with pytest.raises(QueryError, match="expected one column, got n, name"):
        lake.query("SELECT n, name FROM numbers LIMIT 1").scalar()


def test_an_answer_may_be_read_again_and_in_another_form(lake: Client) -> None:
    """
    Iterated twice, counted, closed, turned into frames: the rows stay while they are few.
    """
    with lake.query("SELECT n FROM numbers ORDER BY n") as result:
        assert sum(batch.num_rows for batch in result) == 10
        assert sum(batch.num_rows for batch in result) == 10
    assert len(result) == 10
    assert result.polars()["n"].to_list() == list(range(10))
    assert sum(batch.num_rows for batch in result) == 10
    assert result


def test_a_large_answer_is_not_kept_while_it_is_iterated(lake: Client) -> None:
    """
    Otherwise iterating would cost as much memory as ``arrow()``.
    """
    sql = "SELECT a.n, a.m, b.n AS k FROM many AS a CROSS JOIN numbers AS b"
    result = lake.query(sql, limit=KEPT_BYTES_MAX // 16)
    assert sum(batch.num_rows for batch in result) == KEPT_BYTES_MAX // 16
    with pytest.raises(QueryError, match="read already"):
        result.arrow()


def test_other_libraries_read_a_result_directly(lake: Client) -> None:
    """
    By Arrow's C interface: no copy, no conversion by hand.
    """
    sql = "SELECT n, name FROM numbers ORDER BY n"
    assert pa.table(lake.query(sql)).num_rows == 10
    assert pl.DataFrame(lake.query(sql)).height == 10
    result = lake.query(sql)
    assert duckdb.sql("SELECT sum(n) FROM result").fetchall() == [(45,)]
    assert result.columns == ["n", "name"]


def test_parquet_is_written_as_rows_arrive(lake: Client, tmp_path: Path) -> None:
    """
    Row groups of a useful size, zstd inside, the number of rows returned.
    """
    path = tmp_path / "many.parquet"
    assert lake.query("SELECT n, m FROM many").to_parquet(path) == 2_000_000
    found = pq.ParquetFile(path)
    assert found.metadata.num_rows == 2_000_000
    assert found.metadata.num_row_groups <= 2_000_000 // ROW_GROUP_ROWS + 1
    assert found.metadata.row_group(0).column(0).compression == "ZSTD"
    assert list(tmp_path.iterdir()) == [path]
    assert lake.query("SELECT t, s FROM empty").to_parquet(path) == 0
    assert pq.read_table(path).schema.names == ["t", "s"]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(lake: Client, tmp_path: Path) -> None:
    """
    Twenty million rows pass through what two million needed.
    """
    memory = psutil.Process().memory_info
    lake.query("SELECT n, m FROM many").to_parquet(tmp_path / "few.parquet")
    before = memory().rss
    sql = "SELECT a.n, a.m FROM many AS a CROSS JOIN numbers AS b"
    assert lake.query(sql).to_parquet(tmp_path / "many.parquet") == 20_000_000
    assert memory().rss - before < 250 << 20


def test_a_failed_query_leaves_the_old_file(lake: Client, tmp_path: Path) -> None:
    """
    A file has its name only when it is whole.
    """
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"old")
    result = lake.query("SELECT a.n FROM many AS a CROSS JOIN many AS b")
    lake.cancel(result.query_id)
    with pytest.raises(QueryError):
        result.to_parquet(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_says_so(lake: Client, tmp_path: Path) -> None:
    """
    The system's own error, and nothing left behind.
    """
    batch = pa.record_batch({"n": [1]})
    with pytest.raises(FileNotFoundError), ParquetFile(tmp_path / "no" / "x", batch.schema) as file:
        file.write(batch)
    with pytest.raises(OSError, match="no"):
        lake.query("SELECT n FROM numbers").to_csv(tmp_path / "no" / "x.csv")


def test_a_pipe_or_a_device_is_written_and_not_replaced(lake: Client, tmp_path: Path) -> None:
    """
    As any program does that is told to write to /dev/stdout; a link stays as well.
    """
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(tmp_path / "file")
    with ThreadPoolExecutor() as reading:
        read = reading.submit(pipe.read_text)
        assert lake.query("SELECT n FROM numbers").to_csv(pipe) == 10
        assert len(read.result().splitlines()) == 11
    assert pipe.is_fifo()
    assert lake.query("SELECT n FROM numbers").to_parquet(link) == 10
    assert link.is_symlink()
    assert pq.read_table(tmp_path / "file").num_rows == 10


def test_csv_is_written_as_rows_arrive(lake: Client, tmp_path: Path) -> None:
    """
    A header line, times with nanoseconds.
    """
    path = tmp_path / "rows.csv"
    assert lake.query("SELECT t, b FROM kinds ORDER BY t").to_csv(path) == 2
    frame = pl.read_csv(io.BytesIO(path.read_bytes()), infer_schema=False)
    assert frame.rows() == [
        ("2023-11-14T22:13:20.123456789Z", "true"),
        ("2023-11-14T22:13:21.000000000Z", None),
    ]


def test_a_prompt_shows_the_first_rows_and_leaves_them(lake: Client) -> None:
    """
    Types, cells, and how much more there is; the rows can still be read.
    """
    result = lake.query("SELECT n, m FROM many")
    shown = repr(result)
    assert "i64" in shown
    assert f"the first {SHOWN_ROWS} rows, 2 columns" in shown
    assert result.arrow().num_rows == 2_000_000
    assert f"the first {SHOWN_ROWS} rows of 2,000,000" in repr(result)
    assert repr(lake.query("SELECT n FROM numbers LIMIT 1")).endswith("1 row, 1 column")
    assert repr(lake.query("SELECT t, s FROM empty")).endswith("0 rows, 2 columns")


def test_a_notebook_shows_a_bounded_escaped_table(lake: Client) -> None:
    """
    What an application logged is never taken for markup, and nanoseconds are shown.
    """
    result = lake.query("SELECT t, '<script>alert(1)</script>' AS s FROM kinds")
    shown = result._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "2023-11-14 22:13:20.123456789" in shown
    long = lake.query("SELECT repeat('y', 5000) AS s FROM many LIMIT 1000")._repr_html_()
    assert len(long) < 20_000
    assert long.count("<tr>") < SHOWN_ROWS + 5


def test_an_error_is_shown_where_a_table_would_be(lake: Client) -> None:
    """
    A prompt that shows a result never raises.
    """
    result = lake.query("SELECT a.n FROM many AS a CROSS JOIN many AS b")
    result.close()
    assert "was closed" in repr(result)
    assert "was closed" in result._repr_html_()
