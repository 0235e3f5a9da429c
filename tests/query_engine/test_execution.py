"""A plan in a worker, and its reader."""

import time

import polars as pl

from query_engine.cancel import CancelToken
from query_engine.execution import Execution
from query_engine.limits import BATCH_ROWS_MAX
from query_engine.wire import wire_schema


def test_the_engine_waits_for_its_reader(workers, slow_rows, tmp_path):
    """
    However large the result, no more than a few batches are made ahead of the reader.
    """
    made = tmp_path / "made"
    made.touch()

    def note():
        with made.open("a") as file:
            file.write("x")

    frame = slow_rows(400, BATCH_ROWS_MAX, note)
    stopped = []
    execution = Execution(
        frame, wire_schema(frame.collect_schema()), CancelToken(60), lambda: stopped.append(1)
    )
    execution.start(workers)
    batches = (rows.batch for rows in execution.rows())
    first = next(batches)
    time.sleep(1)
    assert first.num_rows <= BATCH_ROWS_MAX
    assert made.stat().st_size < 100
    assert stopped == []
    rows = first.num_rows + sum(batch.num_rows for batch in batches)
    assert rows == 400 * BATCH_ROWS_MAX
    deadline = time.monotonic() + 5
    while stopped != [1]:
        assert time.monotonic() < deadline, "the worker still works"
        time.sleep(0.01)


def test_an_end_without_rows_is_an_end(workers):
    """
    An empty result ends the reader's loop at once.
    """
    frame = pl.LazyFrame(schema={"a": pl.Int64()})
    execution = Execution(frame, wire_schema(frame.collect_schema()), CancelToken(60), lambda: None)
    execution.start(workers)
    assert list(execution.rows()) == []
