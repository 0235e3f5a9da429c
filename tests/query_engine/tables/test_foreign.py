"""Delta tables of others: read as they are, pruned by their statistics, refused when unknown."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from assets.storage.tables.errors import TableMissing, TableRefused
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.sql import plan
from query_engine.sql.catalog import ColumnPredicate, ScanRequest
from query_engine.sql.errors import UnknownTable
from query_engine.tables.foreign import ForeignCatalog, ForeignTables, open_foreign

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def rows(day: int) -> pa.Table:
    """Return ten rows of a day."""
    times = [DAY + timedelta(days=day, hours=hour) for hour in range(10)]
    return pa.table(
        {
            "id": pa.array(range(day * 10, day * 10 + 10), pa.int64()),
            "at": pa.array(times, pa.timestamp("us", tz="UTC")),
            "on": pa.array([time.date() for time in times], pa.date32()),
            "path": pa.array([f"/p{day}"] * 10),
            "price": pa.array([Decimal("1.25")] * 10, pa.decimal128(10, 2)),
            "ratio": pa.array([0.5] * 9 + [float("nan")]),
        }
    )


@pytest.fixture
def table(tmp_path):
    """Return a table of four files, one a day, partitioned by nothing."""
    for day in range(4):
        write_deltalake(str(tmp_path / "t"), rows(day), mode="append")
    return open_foreign("t", str(tmp_path / "t"))


def ask(table, sql: str) -> pl.DataFrame:
    """Answer one query over the table."""
    return plan(sql, ForeignCatalog({"t": table}), now_ns=0).collect()


def test_every_row_of_every_file_is_read(table) -> None:
    """
    A foreign table is the union of its live files, times in nanoseconds as everywhere.
    """
    assert table.schema["at"] == pl.Datetime("ns", "UTC")
    assert ask(table, "SELECT count(*), min(at), max(id) FROM t").row(0)[0::2] == (40, 39)


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("id = 17", 1),
        ("at >= TIMESTAMP '2026-01-03 05:00:00'", 15),
        ("\"on\" = DATE '2026-01-02'", 10),
        ("path = '/p3'", 10),
        ("ratio > 1", 4),
        ("id IN (3, 33)", 2),
    ],
)
def test_filters_find_what_they_find_without_pruning(table, condition, count) -> None:
    """
    Pruning and stored filters leave the answer as it is, whatever a column is called.
    """
    assert ask(table, f"SELECT id FROM t WHERE {condition}").height == count


def test_a_service_answers_over_foreign_tables(table, workers) -> None:
    """
    Everything that a service wants of tables is there.
    """
    tables = ForeignTables({"t": table})
    service = QueryService(tables, QuerySettings(), QueryMetrics(), workers)
    stream = service.query("SELECT count(*) AS n FROM t WHERE id < 15")
    assert pa.Table.from_batches(stream.batches)["n"].to_pylist() == [15]
    assert service.schema("SELECT at FROM t").names == ["at"]
    service.close(0)


def test_files_that_cannot_match_are_not_opened(table) -> None:
    """
    Statistics of the log leave out files: of four days one.
    """
    third_day = ColumnPredicate("on", "=", date(2026, 1, 3))
    frame = table.scan(ScanRequest(None, (third_day,)))
    assert frame.select("id").collect()["id"].to_list() == list(range(20, 30))
    others = [path for path in table.files["path"] if path not in frame.explain()]
    assert len(others) == 3


def test_no_file_is_left_out_by_a_bound_of_floats(table) -> None:
    """
    NaN is above every number and in no statistic, so floats prune nothing.
    """
    assert ask(table, "SELECT id FROM t WHERE ratio > 0.75").height == 4


def test_partition_columns_are_read_and_prune(tmp_path) -> None:
    """
    A column that stands in the paths is a column like any other.
    """
    for day in range(3):
        write_deltalake(str(tmp_path / "t"), rows(day), mode="append", partition_by=["on"])
    table = open_foreign("t", str(tmp_path / "t"))
    found = ask(table, 'SELECT id, "on" FROM t WHERE "on" = DATE \'2026-01-02\' ORDER BY id')
    assert found["id"].to_list() == list(range(10, 20))
    assert set(found["on"]) == {date(2026, 1, 2)}


def test_deleted_files_are_gone(tmp_path) -> None:
    """
    Only live files count, and a table stays at the version at which it was opened.
    """
    uri = str(tmp_path / "t")
    write_deltalake(uri, rows(0))
    before = open_foreign("t", uri)
    write_deltalake(uri, rows(1), mode="overwrite")
    assert ask(before, "SELECT max(id) FROM t").item() == 9
    assert ask(open_foreign("t", uri), "SELECT min(id) FROM t").item() == 10


def test_a_table_that_needs_another_reader_is_refused(tmp_path) -> None:
    """
    Deletion vectors would bring deleted rows back; such a table is not opened.
    """
    uri = str(tmp_path / "t")
    DeltaTable.create(uri, rows(0).schema, configuration={"delta.enableDeletionVectors": "true"})
    with pytest.raises(TableRefused, match="deletionVectors"):
        open_foreign("t", uri)


def test_what_is_not_there_is_said(tmp_path, table) -> None:
    """
    Neither a path without a table nor a name without a table is an empty result.
    """
    with pytest.raises(TableMissing):
        open_foreign("t", str(tmp_path / "nothing"))
    with pytest.raises(UnknownTable):
        ForeignCatalog({"t": table}).table("u")
    with pytest.raises(UnknownTable):
        ForeignCatalog({"t": table}).table_function("f", [])
    assert ForeignCatalog({"t": table}).table_names() == ("t",)
