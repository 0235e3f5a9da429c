"""Every query of TPC-H answers as DuckDB does, on generated data."""

import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from benchmarks.query.suite import Question
from benchmarks.query.tpch_queries import QUESTIONS
from query_engine.sql import plan
from tests.query_engine.sql.differential.compare import row_difference
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog

SCALE = "0.01"
AVERAGES = 2e-5
"""An average of decimals has six digits after the point for us."""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    """Return the generator's tables."""
    folder = tmp_path_factory.mktemp("tpch")
    generator = Path(sys.executable).with_name("tpchgen-cli")
    arguments = [str(generator), "parquet", "-s", SCALE, f"--output-dir={folder}"]
    subprocess.run(arguments, check=True, capture_output=True)
    return {path.stem: pl.read_parquet(path) for path in folder.glob("*.parquet")}


def floats(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    """Return the rows; averages and quotients of decimals are decimals for us, DOUBLE there."""
    plain = frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64), pl.col(pl.Date).cast(pl.String))
    return plain.rows()


@pytest.mark.parametrize("question", [pytest.param(q, id=q.name) for q in QUESTIONS])
def test_a_query_answers_as_duckdb_does(
    question: Question, tables: dict[str, pl.DataFrame]
) -> None:
    """
    All twenty-two, as the benchmark asks them.
    """
    sql = question.text.replace("{fraction}", "0.01")
    connection = duckdb.connect()
    for name, frame in tables.items():
        connection.register(name, frame.to_arrow())
    expected = pl.DataFrame(connection.sql(sql).to_arrow_table())
    answer = plan(sql, MemoryCatalog(**tables), now_ns=NOW_NS).collect(engine="streaming")
    assert answer.height > 0, "an empty answer shows nothing"
    assert row_difference("", floats(answer), floats(expected), AVERAGES) is None


def test_the_questions_are_the_twenty_two() -> None:
    """
    None of them is left out.
    """
    assert [question.name for question in QUESTIONS] == [f"q{n:02}" for n in range(1, 23)]
