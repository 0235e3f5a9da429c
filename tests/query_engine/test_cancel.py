"""Stopping queries, busy ones too."""

import threading
import time

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


def test_a_hook_hears_of_a_cancellation_that_came_first():
    """
    Whichever comes first, the process that runs the plan is ended.
    """
    token, ended = CancelToken(5), []
    token.cancel()
    token.on_cancel(lambda: ended.append(1))
    assert ended == [1]


def test_a_client_that_left_cancels():
    """
    What asks the token learns of it, and so does the hook.
    """
    token, ended = CancelToken(5, is_gone=lambda: True), []
    token.on_cancel(lambda: ended.append(1))
    with pytest.raises(Cancelled):
        token.check()
    assert ended == [1]


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
    deadline = time.monotonic() + 5
    while b"limnograph_query_running 0.0" not in service.metrics.text():
        assert time.monotonic() < deadline, "the engine still works"
        time.sleep(0.05)
