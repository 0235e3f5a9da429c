"""
The same answers as DuckDB, over random tables and random queries of the whole language.

A seed stands for tables and queries. ``LIMNO_SQL_SEEDS=1000 pytest ...`` runs more of them than CI
does; ``python -m tests.query_engine.sql.differential 1000`` goes on after a difference, makes its
query short, and asks DataFusion who is right.
"""

import os

import pytest

from tests.query_engine.sql.differential.compare import difference
from tests.query_engine.sql.differential.engines import DuckDB, Failure, Ours
from tests.query_engine.sql.differential.seeds import QUERIES_PER_SEED, case

SEEDS = int(os.environ.get("LIMNO_SQL_SEEDS", "90"))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_queries_answer_as_duckdb_does(seed: int) -> None:
    """
    NULLs, joins, groups, subqueries, windows and functions mean what they mean elsewhere.
    """
    tables, queries = case(seed)
    ours, theirs = Ours(tables), DuckDB(tables)
    compared = 0
    for sql in queries:
        other = theirs.answer(sql)
        if isinstance(other, Failure) and other.skipped:
            continue
        compared += 1
        wrong = difference(sql, ours.answer(sql), other)
        assert wrong is None, f"seed {seed}: {sql}\n{wrong}"
    assert compared > QUERIES_PER_SEED // 2, "most queries are not even compared"
