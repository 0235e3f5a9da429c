"""The engine in its own thread, a few batches ahead of its reader."""

import time
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from query_engine.cancel import CancelToken
from query_engine.execution import Execution
from query_engine.limits import BATCH_ROWS_MAX, READY_BATCHES_MAX
from query_engine.wire import wire_schema


def test_the_engine_waits_for_its_reader(slow_rows):
    """
    However large the result, no more than a few batches are ready at a time.
    """
    made = []
    frame = slow_rows(100, BATCH_ROWS_MAX, lambda: made.append(time.monotonic()))
    stopped = []
    execution = Execution(
        frame, wire_schema(frame.collect_schema()), CancelToken(60), lambda: stopped.append(1)
    )
    with ThreadPoolExecutor(1) as pool:
        execution.start(pool)
        batches = execution.batches(lambda: False)
        first = next(batches)
        time.sleep(1)
        assert first.num_rows <= BATCH_ROWS_MAX
        assert len(made) < 10 * READY_BATCHES_MAX
        assert stopped == []
        rows = first.num_rows + sum(batch.num_rows for batch in batches)
    assert rows == 100 * BATCH_ROWS_MAX
    assert stopped == [1]


def test_an_end_without_rows_is_an_end():
    """
    An empty result ends the reader's loop at once.
    """
    frame = pl.LazyFrame(schema={"a": pl.Int64()})
    execution = Execution(frame, wire_schema(frame.collect_schema()), CancelToken(60), lambda: None)
    with ThreadPoolExecutor(1) as pool:
        execution.start(pool)
        assert list(execution.batches(lambda: False)) == []
