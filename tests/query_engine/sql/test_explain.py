"""EXPLAIN shows what is read and how; EXPLAIN ANALYZE runs the query and shows what it took."""

import re
import sys
from dataclasses import dataclass

import polars as pl
import pytest

from query_engine.sql import plan
from query_engine.sql.catalog import ScanRequest
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog, MemoryTable, lake
from tests.query_engine.sql.test_queries import ALL


def explained(sql: str, catalog: MemoryCatalog | None = None) -> dict[str, str]:
    """Return the rows of EXPLAIN by their type, after a trip to where plans are run."""
    frame = plan(sql, catalog or lake(), now_ns=NOW_NS)
    sent = pl.LazyFrame.deserialize(frame.serialize())
    rows = sent.collect(engine="streaming").rows()
    return {str(kind): str(text) for kind, text in rows}


def test_the_steps_of_a_query_are_shown_as_a_tree() -> None:
    """
    Outermost first, with what each scan was asked for.
    """
    sql = (
        "EXPLAIN SELECT name, count(*) AS n FROM spans WHERE depth > 0 AND id < 9 "
        "GROUP BY name ORDER BY n DESC NULLS LAST LIMIT 3"
    )
    assert explained(sql)["logical_plan"].splitlines() == [
        "Project name, n",
        "  Limit 3",
        "    Sort by n DESC NULLS LAST",
        "      Project name, count AS n",
        "        Aggregate by name: count(*) AS count",
        "          Project name",
        "            Filter ((depth > 0) and (id < 9))",
        "              Scan spans",
        "                columns: depth, id, name",
        "                predicates: depth > 0, id < 9",
    ]


def test_constants_are_shown_as_they_are_written() -> None:
    """
    Times, intervals and text.
    """
    sql = "EXPLAIN SELECT id FROM spans WHERE begin < now() AND name <> 'it''s' AND name IS NULL"
    tree = explained(sql)["logical_plan"]
    assert "(begin < TIMESTAMP '2026-02-02T02:40:00.000000000+00:00')" in tree
    assert "(name <> 'it''s')" in tree


def test_a_step_that_is_read_twice_is_shown_once() -> None:
    """
    So one can see that a CTE is one.
    """
    sql = "EXPLAIN WITH t AS (SELECT id FROM spans) SELECT a.id FROM t a JOIN t b USING (id)"
    tree = explained(sql)["logical_plan"]
    assert tree.count("Scan spans") == 1
    assert "(step 1) Project id" in tree
    assert "(step 1 again)" in tree


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=f"{path.stem}-{case.title}")
        for path, found in ALL.items()
        for case in found
        if not case.expected[0].startswith("!")
    ],
)
def test_every_query_can_be_explained(case) -> None:
    """
    Whatever steps a query is made of, each is one line.
    """
    rows = explained(f"EXPLAIN {case.sql}")
    assert list(rows) == ["logical_plan", "physical_plan"]
    assert " object at 0x" not in rows["logical_plan"]


@dataclass
class ReportingTable(MemoryTable):
    """A table that knows how many files it reads."""

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Fill in the report."""
        report = request.report
        report.files_read, report.files_total = 2, 9
        report.slices_read, report.slices_total = 1, 4
        report.rows, report.bytes, report.tail_blocks = 300, 4096, 5
        report.pin_seconds, report.tail_seconds = 0.25, 0.5
        return super().scan(request)


def test_what_a_scan_found_out_is_shown() -> None:
    """
    Files and slices of all there are, their size, and the blocks that are in no file yet.
    """
    catalog = MemoryCatalog()
    catalog.tables["t"] = ReportingTable("t", pl.DataFrame({"x": [1, 2, 3]}))
    tree = explained("EXPLAIN SELECT x FROM t", catalog)["logical_plan"]
    reads = "reads: 2 of 9 files, 1 of 4 slices, 300 rows, 4096 bytes in them, 5 tail blocks"
    assert reads in tree
    timings = explained("EXPLAIN ANALYZE SELECT x FROM t", catalog)["timings"]
    assert "pin: 250.000 ms\ntail: 500.000 ms" in timings


def test_explain_reads_nothing() -> None:
    """
    A query that would fail on its rows can still be explained.
    """
    sql = "SELECT CAST(msg AS INT) FROM log_entries"
    assert "Scan log_entries" in explained(f"EXPLAIN {sql}")["logical_plan"]
    with pytest.raises(pl.exceptions.PolarsError):
        explained(f"EXPLAIN ANALYZE {sql}")


def test_analyze_runs_the_query_and_tells_what_it_took() -> None:
    """
    Rows of the result, milliseconds of each step, and every node of the engine.
    """
    rows = explained("EXPLAIN ANALYZE SELECT level, count(*) FROM log_entries GROUP BY level")
    assert list(rows) == ["logical_plan", "physical_plan", "rows", "timings", "nodes"]
    assert rows["rows"] == "6"
    steps = re.findall(r"^(\w+): \d+\.\d{3} ms$", rows["timings"], re.MULTILINE)
    assert steps == ["parse", "bind", "plan", "pin", "tail", "execute"]
    assert re.search(r"^group-by: .*, 6 rows in, 6 rows out$", rows["nodes"], re.MULTILINE)


def test_analyze_leaves_stderr_to_others(capfd: pytest.CaptureFixture[str]) -> None:
    """
    The engine's lines are taken, everything else arrives.
    """
    explained("EXPLAIN ANALYZE SELECT 1 AS x")
    sys.stderr.write("hello\n")
    assert capfd.readouterr().err == "hello\n"


def test_where_the_lake_is_is_not_told(tmp_path) -> None:
    """
    The engine's plan names files; the folders and buckets around them are the operator's.
    """
    for name in ("a.parquet", "b.parquet"):
        pl.DataFrame({"x": [1]}).write_parquet(tmp_path / name)

    @dataclass
    class Files(MemoryTable):
        def scan(self, request: ScanRequest) -> pl.LazyFrame:
            del request
            return pl.scan_parquet([tmp_path / "a.parquet", tmp_path / "b.parquet"])

    catalog = MemoryCatalog()
    catalog.tables["t"] = Files("t", pl.DataFrame({"x": [1]}))
    physical = explained("EXPLAIN SELECT x FROM t", catalog)["physical_plan"]
    assert "a.parquet" in physical
    assert str(tmp_path) not in physical
