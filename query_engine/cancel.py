"""
Stopping a query: one token per query, checked where rows flow.

The engine has no way to interrupt a running plan from outside. So the planner lets the rows of
scans and joins pass a checkpoint: a function call per batch of rows, through which predicates and
projections are still pushed down, and which raises as soon as the query is cancelled or out of
time. There is none between a table of moderate size and a LIMIT: a sort in between would no longer
tell the scan which rows it can leave out. Where a filter lets nothing through, nothing
passes a checkpoint either: such a scan ends with its files, such a join with its pairs.
"""

import time
from collections.abc import Callable
from threading import Event

import polars as pl

from query_engine.errors import Cancelled, TimeLimit


class CancelToken:
    """
    Says whether a query may go on. Thread-safe.

    Args:
        seconds: The query's time limit.
        clock: Monotonic seconds.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._deadline = clock() + seconds
        self._cancelled = Event()

    def cancel(self) -> None:
        """Stop the query at its next checkpoint; harmless when it has ended."""
        self._cancelled.set()

    @property
    def milliseconds_left(self) -> int:
        """Time left for a statement of another program; at least 1."""
        return max(1, int((self._deadline - self._clock()) * 1000))

    def check(self) -> None:
        """
        Return if the query may go on.

        Raises:
            Cancelled: Somebody cancelled it.
            TimeLimit: It ran out of time.
        """
        if self._cancelled.is_set():
            raise Cancelled("the query was cancelled")
        if self._clock() > self._deadline:
            raise TimeLimit(f"the query ran longer than its limit of {self.seconds:g} s")

    def checkpoint(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Return *frame* with a check before every batch of its rows."""
        return frame.map_batches(
            self._passed,
            predicate_pushdown=True,
            projection_pushdown=True,
            slice_pushdown=True,
            streamable=True,
        )

    def _passed(self, rows: pl.DataFrame) -> pl.DataFrame:
        self.check()
        return rows
