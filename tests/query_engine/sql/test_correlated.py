"""Correlated subqueries and unusual joins answer as DuckDB does, over random tables and queries."""

import os
import random

import duckdb
import polars as pl
import pytest

from query_engine.sql import plan
from tests.query_engine.sql.correlated import Correlated
from tests.query_engine.sql.expressions import random_table
from tests.query_engine.sql.generator import rendered
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog
from tests.query_engine.sql.test_differential import connected, explain_difference, rows

SEEDS = int(os.environ.get("LIMNO_SQL_SEEDS", "20"))
QUERIES_PER_SEED = 20

DIVERGENCES = {
    "rows": "DuckDB compares rows as structs, whose NULL members are values: never generated",
    "aggregates in set operations": "DuckDB 2.0.0 loses the row of an aggregate over nothing there",
}
"""Where the two differ, beyond what test_differential.py says."""


def theirs(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame | None:
    """Return DuckDB's answer; None where it refuses the query or finds a value out of range."""
    refusals = (
        duckdb.OutOfRangeException,
        duckdb.ConversionException,
        duckdb.NotImplementedException,
        duckdb.BinderException,
        duckdb.InvalidInputException,
    )
    try:
        return pl.DataFrame(connection.sql(rendered(sql, division="//")).to_arrow_table())
    except refusals:
        return None


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_correlated_queries_answer_as_duckdb_does(seed: int) -> None:
    """
    However a subquery depends on the outside, taking it apart does not change the answer.
    """
    rng = random.Random(seed)
    tables = {name: random_table(rng, rng.choice([0, 3, 12, 25])) for name in "xyz"}
    connection = connected(tables)
    generator = Correlated(rng)
    for _ in range(QUERIES_PER_SEED):
        sql = generator.query()
        expected = theirs(connection, sql)
        if expected is None:
            continue
        text = rendered(sql, division="/")
        frame = plan(text, MemoryCatalog(**tables), now_ns=NOW_NS).collect(engine="streaming")
        ours, other = sorted(rows(frame), key=repr), sorted(rows(expected), key=repr)
        assert ours == other, f"seed {seed}: {text}\n{explain_difference(ours, other)}"
