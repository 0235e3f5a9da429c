"""The same answers as DuckDB, over random tables and random queries of the supported grammar."""

import math
import os
import random
from collections import Counter
from collections.abc import Mapping, Sequence

import duckdb
import polars as pl
import pytest

from query_engine.sql import plan
from tests.query_engine.sql.expressions import random_table
from tests.query_engine.sql.generator import Generator, rendered
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog

SEEDS = int(os.environ.get("LIMNO_SQL_SEEDS", "25"))
QUERIES_PER_SEED = 20

DIVERGENCES = {
    "whole division": "DuckDB divides whole numbers with //, we with / as DataFusion does",
    "division by zero": "an error for us, NULL for DuckDB: divisors are made NULL where they are 0",
    "order of NULLs": "ours is Postgres' and DataFusion's; DuckDB is set to the same",
    "values out of range": "DuckDB checks 64-bit overflow, we wrap as DataFusion does: skipped",
    "cast of fractions": "we cut as DataFusion does, DuckDB rounds: never generated",
    "optimized outer joins": "DuckDB 2.0.0's optimizer loses HAVING and LIMIT there: it is off",
}
"""Where the two differ, and how the comparison meets it."""


def comparable(value: object) -> object:
    """Return a value that is equal for equal answers: floats to nine digits, times as text."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else round(value, 9) + 0.0
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return str(value) if hasattr(value, "isoformat") else value


def rows(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    """Return the rows in order, as comparable values."""
    naive = frame.with_columns(
        pl.col(pl.Datetime).dt.replace_time_zone(None).dt.cast_time_unit("us"),
        pl.col(pl.Decimal).cast(pl.Float64),
    )
    return [tuple(comparable(value) for value in row) for row in naive.rows()]


def theirs(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame | None:
    """Return DuckDB's answer; None where DIVERGENCES says that it cannot be compared."""
    try:
        return pl.DataFrame(connection.sql(rendered(sql, division="//")).to_arrow_table())
    except (duckdb.OutOfRangeException, duckdb.ConversionException):
        return None


def connected(tables: Mapping[str, pl.DataFrame]) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB with *tables* and our meaning where it has a setting."""
    connection = duckdb.connect()
    connection.execute("PRAGMA disable_optimizer")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET default_null_order = 'nulls_last_on_asc_first_on_desc'")
    for name, frame in tables.items():
        naive = frame.with_columns(pl.col("ts").dt.replace_time_zone(None).dt.cast_time_unit("us"))
        connection.register(f"{name}_arrow", naive.to_arrow())
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_arrow")
    return connection


def explain_difference(
    ours: Sequence[tuple[object, ...]], other: Sequence[tuple[object, ...]]
) -> str:
    """Return the rows that only one side has."""
    only_ours, only_theirs = Counter(ours) - Counter(other), Counter(other) - Counter(ours)
    return f"only ours: {list(only_ours)[:5]}\nonly theirs: {list(only_theirs)[:5]}"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_queries_answer_as_duckdb_does(seed: int) -> None:
    """
    NULLs, joins, groups, subqueries and functions mean what they mean elsewhere.
    """
    rng = random.Random(seed)
    tables = {name: random_table(rng, rng.choice([0, 3, 12, 25])) for name in "xyz"}
    connection = connected(tables)
    generator = Generator(rng)
    for _ in range(QUERIES_PER_SEED):
        sql = generator.query()
        expected = theirs(connection, sql)
        if expected is None:
            continue
        text = rendered(sql, division="/")
        frame = plan(text, MemoryCatalog(**tables), now_ns=NOW_NS).collect(engine="streaming")
        ours, other = rows(frame), rows(expected)
        if " ORDER BY " not in sql.rpartition(")")[2]:
            ours, other = sorted(ours, key=repr), sorted(other, key=repr)
        assert ours == other, f"seed {seed}: {text}\n{explain_difference(ours, other)}"
