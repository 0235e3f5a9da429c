"""The queries of TPC-H with subqueries in them answer as DuckDB does, on generated data."""

import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from benchmarks.query.suite import Question
from benchmarks.query.tpch_queries import QUESTIONS
from query_engine.sql import plan
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog
from tests.query_engine.sql.test_differential import rows

SCALE = "0.01"
CORRELATED = ("q02", "q04", "q11", "q15", "q16", "q17", "q18", "q20", "q21", "q22")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    """Return the generator's tables."""
    folder = tmp_path_factory.mktemp("tpch")
    generator = Path(sys.executable).with_name("tpchgen-cli")
    arguments = [str(generator), "parquet", "-s", SCALE, f"--output-dir={folder}"]
    subprocess.run(arguments, check=True, capture_output=True)
    return {path.stem: pl.read_parquet(path) for path in folder.glob("*.parquet")}


@pytest.mark.parametrize(
    "question", [pytest.param(q, id=q.name) for q in QUESTIONS if q.name in CORRELATED]
)
def test_a_query_with_subqueries_answers_as_duckdb_does(
    question: Question, tables: dict[str, pl.DataFrame]
) -> None:
    """
    EXISTS, IN and aggregates over what belongs to each outer row, as the benchmark asks them.
    """
    sql = question.text.replace("{fraction}", "0.01")
    connection = duckdb.connect()
    for name, frame in tables.items():
        connection.register(name, frame.to_arrow())
    expected = pl.DataFrame(connection.sql(sql).to_arrow_table())
    answer = plan(sql, MemoryCatalog(**tables), now_ns=NOW_NS).collect(engine="streaming")
    assert answer.height > 0, "an empty answer shows nothing"
    assert sorted(rows(answer), key=repr) == sorted(rows(expected), key=repr)
