"""
Random window queries answer as another SQL engine does.

``LIMNO_WINDOW_SEEDS=2000 pytest ...`` runs more than the ones that CI does.
"""

import math
import os
import random
import re

import datafusion
import duckdb
import polars as pl
import pytest

from query_engine.sql import plan
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog
from tests.query_engine.sql.window_generator import WindowGenerator, window_table

SEEDS = int(os.environ.get("LIMNO_WINDOW_SEEDS", "25"))
QUERIES_PER_SEED = 12
IGNORED_INSIDE = re.compile(r" (IGNORE|RESPECT) NULLS\)")
NOT_BY_DUCKDB = {
    r"bool_\w+\(.* EXCLUDE": "its answer for one row changes with the query's other columns",
}
NOT_BY_DATAFUSION = {
    r"\bEXCLUDE\b": "it has no EXCLUDE",
    r"\bWINDOW w\b": "a window built upon another loses the other's partitions there",
    r"\bf\b": "its sliding sums subtract, so a NaN stays in them; 0.0 and -0.0 are two keys there",
    r"\b(stddev|var_pop)\b": "its sliding variances subtract, so they lose digits",
    r"\blead\(.*IGNORE NULLS": "it ends too early there when the offset is more than 1",
}
"""Queries that an engine answers differently, by what is in them, and why."""


def same(ours: object, theirs: object) -> bool:
    """Tell whether two values are the same; fractions nearly, NaN equals itself."""
    if isinstance(ours, float) and isinstance(theirs, int | float):
        both_nan = math.isnan(ours) and math.isnan(theirs)
        return both_nan or math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return ours == theirs


def rows(frame: pl.DataFrame) -> list[list[object]]:
    """Return the rows in order, with times as the other engine has them."""
    naive = frame.with_columns(
        pl.col(pl.Datetime).dt.replace_time_zone(None).dt.cast_time_unit("us"),
        pl.col(pl.Decimal).cast(pl.Float64),
    )
    return [list(row) for row in naive.rows()]


def connected(table: pl.DataFrame) -> duckdb.DuckDBPyConnection:
    """Return the other engine with the same table."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET default_null_order = 'nulls_last_on_asc_first_on_desc'")
    naive = table.with_columns(pl.col("ts").dt.replace_time_zone(None).dt.cast_time_unit("us"))
    connection.register("x_arrow", naive.to_arrow())
    connection.execute("CREATE TABLE x AS SELECT * FROM x_arrow")
    return connection


def differences(ours: list[list[object]], theirs: list[list[object]]) -> list[object]:
    """Return the first rows that differ, or how many there are when that differs."""
    if len(ours) != len(theirs):
        return [len(ours), len(theirs)]
    pairs = zip(ours, theirs, strict=True)
    return [pair for pair in pairs if not same(pair[0], pair[1])][:3]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_windows_answer_as_duckdb_does(seed: int) -> None:
    """
    Frames, peers, NULLs, NaN and every function mean what they mean elsewhere.
    """
    rng = random.Random(seed)
    table = window_table(rng, rng.choice([0, 1, 4, 12, 30, 150]))
    connection = connected(table)
    generator = WindowGenerator(rng)
    for _ in range(QUERIES_PER_SEED):
        sql = generator.query()
        if any(re.search(part, sql) for part in NOT_BY_DUCKDB):
            continue
        try:
            expected = rows(pl.DataFrame(connection.sql(sql).to_arrow_table()))
        except duckdb.OutOfRangeException:
            continue  # It subtracts a frame's offset from an unsigned key; ours has no end there.
        frame = plan(sql, MemoryCatalog(x=table), now_ns=NOW_NS).collect(engine="streaming")
        assert not differences(rows(frame), expected), f"seed {seed}: {sql}"


@pytest.mark.parametrize("seed", range(max(1, SEEDS // 5)))
def test_random_windows_answer_as_datafusion_does(seed: int) -> None:
    """
    The engine whose dialect this is agrees, where it takes the query and subtracts no NaN.
    """
    rng = random.Random(10_000 + seed)
    table = window_table(rng, rng.choice([1, 4, 12, 30, 150]))
    context = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(1))
    context.register_record_batches("x", [table.to_arrow().to_batches()])
    generator, compared = WindowGenerator(rng), 0
    for _ in range(3 * QUERIES_PER_SEED):
        sql = generator.query()
        if any(re.search(part, sql) for part in NOT_BY_DATAFUSION):
            continue
        try:
            result = context.sql(IGNORED_INSIDE.sub(r") \1 NULLS", sql)).to_arrow_table()
        except Exception as refusal:
            assert "DataFusion error" in str(refusal) or "Error during planning" in str(refusal)  # noqa: PT017
            continue
        compared += 1
        frame = plan(sql, MemoryCatalog(x=table), now_ns=NOW_NS).collect(engine="streaming")
        expected = rows(pl.DataFrame(result))
        assert not differences(rows(frame), expected), f"seed {seed}: {sql}"
    assert compared > QUERIES_PER_SEED // 2
