"""Random window queries answer as DataFusion, whose dialect this is, answers them too."""

import random
import re

import pytest

from tests.query_engine.sql.differential.compare import difference
from tests.query_engine.sql.differential.engines import DataFusion, Failure, Ours
from tests.query_engine.sql.differential.tables import window_table
from tests.query_engine.sql.differential.windows import Windows

SEEDS = 6
QUERIES_PER_SEED = 36

IGNORED_INSIDE = re.compile(r" (IGNORE|RESPECT) NULLS\)")
NOT_COMPARED = {
    r"\bEXCLUDE\b": "it has no EXCLUDE",
    r"\bWINDOW w\b": "a window built upon another loses the other's partitions there",
    r"\bf\b": "its sliding sums subtract, so a NaN stays in them; 0.0 and -0.0 are two keys there",
    r"\b(stddev|var_pop)\b": "its sliding variances subtract, so they lose digits",
    r"\blead\(.*IGNORE NULLS": "it ends too early there when the offset is more than 1",
}
"""Queries that it answers differently, by what is in them, and why."""


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_windows_answer_as_datafusion_does(seed: int) -> None:
    """
    Frames, peers and NULLs are the same wherever it takes the query and subtracts no NaN.
    """
    rng = random.Random(10_000 + seed)
    tables = {"w": window_table(rng, rng.choice([1, 4, 12, 30, 150]))}
    ours, theirs = Ours(tables), DataFusion(tables)
    generator, compared = Windows(rng), 0
    for _ in range(QUERIES_PER_SEED):
        sql = generator.query()
        if any(re.search(part, sql) for part in NOT_COMPARED):
            continue
        other = theirs.answer(IGNORED_INSIDE.sub(r") \1 NULLS", sql))
        if isinstance(other, Failure):
            continue
        compared += 1
        wrong = difference(sql, ours.answer(sql), other)
        assert wrong is None or wrong.startswith("types:"), f"seed {seed}: {sql}\n{wrong}"
    assert compared > QUERIES_PER_SEED // 6
