"""
Running one plan: the engine in its own thread, at most a few batches ahead of the reader.

Rule: the reader never waits inside the engine. It waits on a queue in short steps, so a time limit
or a cancelled client is noticed even while the engine works on its first batch.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Semaphore

import polars as pl
import pyarrow as pa

from query_engine.cancel import CancelToken
from query_engine.limits import BATCH_ROWS_MAX, READY_BATCHES_MAX
from query_engine.wire import to_batches

_STEP_S = 0.1
"""How soon a blocked side notices that the other one has stopped."""


class _End:
    """Closes the queue; carries the error that ended the run, if one did."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Execution:
    """
    One running plan; iterate `batches` once.

    Args:
        frame: The plan.
        schema: The wire schema of its result.
        token: Ends it early.
        on_stopped: Called once from the engine's thread when the engine no longer works for it.
    """

    def __init__(
        self,
        frame: pl.LazyFrame,
        schema: pa.Schema,
        token: CancelToken,
        on_stopped: Callable[[], None],
    ) -> None:
        self._frame, self._schema, self._token = frame, schema, token
        self._on_stopped = on_stopped
        self._ready: SimpleQueue[pa.RecordBatch | _End] = SimpleQueue()
        self._room = Semaphore(READY_BATCHES_MAX)

    def start(self, pool: ThreadPoolExecutor) -> None:
        """Start the engine on a thread of *pool*."""
        pool.submit(self._run)

    def batches(self, is_cancelled: Callable[[], bool]) -> Iterator[pa.RecordBatch]:
        """
        Yield the result.

        Args:
            is_cancelled: Asked about ten times a second while waiting; True ends the query.

        Raises:
            Cancelled, TimeLimit: The token ended it.
            Exception: What the engine raised, unchanged.
        """
        try:
            while True:
                if is_cancelled():
                    self._token.cancel()
                try:
                    item = self._ready.get(timeout=_STEP_S)
                except Empty:
                    self._token.check()
                    continue
                if isinstance(item, _End):
                    if item.error is not None:
                        raise item.error
                    return
                self._room.release()
                yield item
        finally:
            self._token.cancel()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            self._token.check()
            for rows in self._frame.collect_batches(chunk_size=BATCH_ROWS_MAX, engine="streaming"):
                for batch in to_batches(rows, self._schema):
                    self._put(batch)
        except BaseException as raised:  # engine panics are no Exceptions; the reader gets them all
            error = raised
        finally:
            self._on_stopped()
            self._ready.put(_End(error))

    def _put(self, batch: pa.RecordBatch) -> None:
        while not self._room.acquire(timeout=_STEP_S):
            self._token.check()
        self._token.check()
        self._ready.put(batch)
