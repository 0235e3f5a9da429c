"""Recursive CTEs: they end, or are ended; they run where their plan is sent."""

import io

import polars as pl
import pytest

from query_engine.sql import iteration, plan
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog, lake

ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"


@pytest.mark.parametrize("engine", ["streaming", "in-memory"])
def test_a_plan_that_was_sent_as_bytes_recurses_there(engine: str) -> None:
    """
    Worker processes get plans as bytes; two runs of one plan share nothing.
    """
    sql = (
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 30) "
        "SELECT count(*) FROM t a JOIN t b ON a.n = b.n JOIN t c ON c.n = b.n"
    )
    data = plan(sql, lake(), now_ns=NOW_NS).serialize()
    for _ in range(2):
        assert pl.LazyFrame.deserialize(io.BytesIO(data)).collect(engine=engine).item() == 30


def test_too_many_steps_end_the_query(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    RECURSION_STEPS_MAX: what would go on for ever ends with the name of the limit.
    """
    monkeypatch.setattr(iteration, "RECURSION_STEPS_MAX", 20)
    with pytest.raises(pl.exceptions.ComputeError, match=r"20 steps .RECURSION_STEPS_MAX"):
        plan(ENDLESS, lake(), now_ns=NOW_NS).collect(engine="streaming")


def test_too_many_rows_end_the_query(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    RECURSION_ROWS_MAX: a step that doubles the rows ends long before memory does.
    """
    monkeypatch.setattr(iteration, "RECURSION_ROWS_MAX", 1_000)
    sql = (
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t, (VALUES (1), (2)) v) "
        "SELECT count(*) FROM t"
    )
    with pytest.raises(pl.exceptions.ComputeError, match=r"1000 rows .RECURSION_ROWS_MAX"):
        plan(sql, lake(), now_ns=NOW_NS).collect(engine="streaming")


def test_a_walk_over_a_graph_finds_what_can_be_reached() -> None:
    """
    UNION ends on a graph with circles; NULL is a node like any other.
    """
    edges = pl.DataFrame({"a": [1, 2, 3, 3, 7, None], "b": [2, 3, 1, None, 8, 4]})
    sql = (
        "WITH RECURSIVE reached(n) AS (SELECT 1 UNION "
        "SELECT e.b FROM reached r JOIN edges e ON e.a IS NOT DISTINCT FROM r.n) "
        "SELECT n FROM reached ORDER BY n"
    )
    frame = plan(sql, MemoryCatalog(edges=edges), now_ns=NOW_NS)
    assert frame.collect().get_column("n").to_list() == [1, 2, 3, 4, None]
