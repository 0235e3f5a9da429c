"""Stopping queries that are busy."""

import threading
import time

import polars as pl
import pytest

from query_engine.cancel import CancelToken
from query_engine.errors import Cancelled, TimeLimit


def test_a_token_says_why_the_query_must_stop():
    """
    Time and cancellation are told apart; until then it says nothing.
    """
    now = [0.0]
    token = CancelToken(5, clock=lambda: now[0])
    token.check()
    now[0] = 5.1
    with pytest.raises(TimeLimit, match="5 s"):
        token.check()
    token.cancel()
    with pytest.raises(Cancelled):
        token.check()


def test_a_checkpoint_changes_neither_rows_nor_pushdown():
    """
    Filters and projections pass through to the scan.
    """
    frame = pl.LazyFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    checked = CancelToken(5).checkpoint(frame)
    plan = checked.filter(pl.col("a") > 1).select("b")
    assert plan.collect(engine="streaming")["b"].to_list() == ["y", "z"]
    opaque, below = plan.explain().split("OPAQUE", 1)
    assert "FILTER" not in opaque
    assert "FILTER" in below


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT SUM(a.n + b.n) FROM many a, many b",
        "SELECT a.m, COUNT(*) FROM many a JOIN many b ON a.n = b.n GROUP BY a.m",
        "SELECT a.n FROM many a, many b ORDER BY a.n + b.m LIMIT 5",
    ],
    ids=["aggregate", "join", "top"],
)
def test_an_explosion_of_rows_is_stopped(service, sql):
    """
    A query that would run for hours before its first row ends soon after it is cancelled.
    """
    gone = threading.Event()
    stream = service.query(sql, is_cancelled=gone.is_set)
    threading.Timer(0.5, gone.set).start()
    with pytest.raises(Cancelled):
        list(stream.batches)
    deadline = time.monotonic() + 20
    while b"limnograph_query_running 0.0" not in service.metrics.text():
        assert time.monotonic() < deadline, "the engine still works"
        time.sleep(0.05)
