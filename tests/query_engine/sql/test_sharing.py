"""What a query names twice is computed once."""

from collections.abc import Iterator

import polars as pl
import pytest
from polars.io.plugins import register_io_source

from query_engine.sql import plan
from query_engine.sql.catalog import ScanRequest
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog, MemoryTable


class CountedTable(MemoryTable):
    """A table that is read through Python, as the tail is, and counts how often it is."""

    reads: int = 0

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Return the rows; the count grows when they are read."""
        frame = super().scan(request).collect()

        def rows(
            columns: list[str] | None,
            predicate: pl.Expr | None,
            limit: int | None,
            _size: int | None,
        ) -> Iterator[pl.DataFrame]:
            self.reads += 1
            part = frame if columns is None else frame.select(columns)
            part = part if predicate is None else part.filter(predicate)
            yield part if limit is None else part.head(limit)

        return register_io_source(rows, schema=frame.schema)


@pytest.mark.parametrize("engine", ["streaming", "in-memory"])
def test_a_cte_that_does_work_is_computed_once(engine: str) -> None:
    """
    The two readers filter differently, and still the groups are made once.
    """
    catalog = MemoryCatalog()
    table = CountedTable("t", pl.DataFrame({"k": [1, 1, 2, 3], "v": [1, 2, 3, 4]}))
    catalog.tables["t"] = table
    frame = plan(
        "WITH g AS (SELECT k, sum(v) AS s FROM t GROUP BY k) "
        "SELECT a.k, b.s FROM g a JOIN g b ON a.k = b.k + 1 WHERE a.s > 1 AND b.k < 3 ORDER BY 1",
        catalog,
        now_ns=NOW_NS,
    )
    assert frame.collect(engine=engine).rows() == [(2, 3), (3, 3)]
    assert table.reads == 1


@pytest.mark.parametrize("engine", ["streaming", "in-memory"])
def test_rows_are_numbered_once_for_an_outer_join_on_any_condition(engine: str) -> None:
    """
    Rows of a group-by come in any order: read again, their numbers would mean other rows.
    """
    catalog = MemoryCatalog()
    table = CountedTable("t", pl.DataFrame({"k": list(range(1000)), "v": [1] * 1000}))
    catalog.tables["t"] = table
    frame = plan(
        "SELECT count(*) AS n, count(b.k) AS m FROM (SELECT k, sum(v) AS s FROM t GROUP BY k) a "
        "LEFT JOIN (VALUES (1), (500), (2000)) AS b(k) ON a.s = 1 AND a.k >= b.k AND a.k <= b.k",
        catalog,
        now_ns=NOW_NS,
    )
    assert frame.collect(engine=engine).rows() == [(1000, 2)]
    assert table.reads == 1
