"""
One query under way: a thread of its own reads the answer a little ahead of whoever takes it.

So waiting for an answer can be interrupted (by Ctrl-C, a deadline, a cancelled task) although the
libraries that read it cannot, and the progress is drawn meanwhile.

Rule: the thread knows nothing of the `Result`; one that is dropped ends its stream.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum
from threading import Condition
from typing import TYPE_CHECKING, Final

from limnograph.client import background
from limnograph.client.door import Door, Query, Stop
from limnograph.client.errors import QueryError, error_of
from limnograph.client.limits import AHEAD_BYTES_MAX, STOP_SECONDS_MAX
from limnograph.client.retry import Attempts, Retry

if TYPE_CHECKING:
    import pyarrow as pa


class End(Enum):
    """Stands after the last batch."""

    END = "end"


END: Final = End.END


class Stream:
    """
    The answer of one query, batch by batch. Thread-safe.

    Attributes:
        query: What was asked; its id changes when it is asked again.
        schema: Set once the answer has begun.
        rows: Rows that have arrived.
        begun: When it was asked, by the monotonic clock.
        trouble: Why the query is asked again just now.
    """

    def __init__(self, door: Door, query: Query, retry: Retry) -> None:
        self.door, self.query, self._retry = door, query.renamed(), retry
        self.schema: pa.Schema | None = None
        self.rows = 0
        self.begun = time.monotonic()
        self.trouble: QueryError | None = None
        self.on_change: Callable[[], None] | None = None
        self._changed = Condition()
        self._ready: deque[pa.RecordBatch] = deque()
        self._ready_bytes = 0
        self._over: QueryError | End | None = None
        self._closed = False
        self._stop, self._pid = Stop(), os.getpid()
        background.start(f"query {self.query.query_id}", self._read, self.close)

    @property
    def opened(self) -> bool:
        """Whether the schema is known."""
        return self.schema is not None

    def poll(self, *, batch: bool) -> "pa.RecordBatch | End | bool":
        """
        Return the next batch, or END; False while there is none.

        Args:
            batch: False asks only whether the answer has begun: True or END if so.

        Raises:
            QueryError: The query failed.
        """
        with self._changed:
            if not batch and self.opened:
                return True
            if batch and self._ready:
                found = self._ready.popleft()
                self._ready_bytes -= found.nbytes
                self._changed.notify_all()
                return found
            self.check()
            return END if self._over else False

    def check(self) -> None:
        """Raise the error that the query ended with, if it did."""
        if isinstance(self._over, QueryError):
            raise self._over.with_traceback(None)

    def wait(self, seconds: float) -> None:
        """Wait for something to change, at most so long."""
        with self._changed:
            if not self._ready and self._over is None:
                self._changed.wait(seconds)

    def close(self, wait_s: float = 0.0) -> None:
        """
        End the query unless it has ended, here and at the service.

        Args:
            wait_s: How long to wait for the service to know.
        """
        if os.getpid() != self._pid:
            # A forked child ends nothing of its parent's.
            return
        with self._changed:
            over = self._over is not None
            self._closed = True
            if self._ready or not over:
                # Whoever still reads must not take what is left out for the end.
                self._over = error_of("cancelled", "the result was closed: run the query again")
            self._ready.clear()
            self._ready_bytes = 0
            self._changed.notify_all()
        if over:
            return
        try:
            stopper = background.start("stop query", self._stopped, lambda: None)
        except RuntimeError:
            # The interpreter is ending and starts no threads any more.
            self._stopped()
        else:
            if wait_s:
                stopper.join(wait_s)

    def interrupt(self) -> None:
        """Close, and wait a moment for the service to know: the program may be about to end."""
        self.close(STOP_SECONDS_MAX)

    def _stopped(self) -> None:
        try:
            self._stop()
        except QueryError as error:
            # The service ends the query itself when the connection goes.
            self.trouble = error

    def _read(self) -> None:
        try:
            schema, batch, batches = self._begun()
            with self._changed:
                self.schema = schema
            self._tell()
            while batch is not None and self._put(batch):
                batch = next(batches, None)
            self._finish(END)
        except QueryError as error:
            # What the library said is in the text; its own words would only hide it in a notebook.
            error.__cause__, error.__suppress_context__ = None, True
            self._failed(error)
        except BaseException as error:
            unexpected = QueryError("client", f"{type(error).__name__}: {error}")
            unexpected.__cause__ = error
            self._failed(unexpected)

    def _begun(self) -> "tuple[pa.Schema, pa.RecordBatch | None, Iterator[pa.RecordBatch]]":
        """Return the schema, the first batch and the others; asks again while that can help."""
        attempts = Attempts(self._retry)
        while True:
            try:
                schema, batches = self.door.run(self.query, self._stop)
                first = next(batches, None)
            except QueryError as error:
                pause_s = attempts.pause_s(error)
                if pause_s is None or self._closed_within(pause_s, error):
                    raise
                self.query = self.query.renamed()
                self._stop.use(None)
            else:
                self.trouble = None
                self._retry.answered()
                return schema, first, batches

    def _closed_within(self, seconds: float, error: QueryError) -> bool:
        self.trouble = error
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, seconds)

    def _put(self, batch: "pa.RecordBatch") -> bool:
        """Hand a batch over when there is room; False when nobody wants it."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or not self._ready or self._ready_bytes < AHEAD_BYTES_MAX
            )
            if self._closed:
                return False
            self._ready.append(batch)
            self._ready_bytes += batch.nbytes
            self.rows += batch.num_rows
        self._tell()
        return True

    def _failed(self, error: QueryError) -> None:
        error.sql = error.sql or self.query.sql
        error.query_id = error.query_id or self.query.query_id
        self._finish(error)

    def _finish(self, over: QueryError | End) -> None:
        with self._changed:
            self._over = self._over or over
        self._stop.use(None)
        self._tell()

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()
            told = self.on_change
        if told is not None:
            told()
