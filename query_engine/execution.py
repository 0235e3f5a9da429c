"""
Running one plan in a worker: its batches as they come.

The worker computes ahead as far as its socket takes rows; a client that does not read holds it.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import polars as pl
import pyarrow as pa

from assets.errors import LimitExceeded
from query_engine.cancel import CancelToken
from query_engine.errors import WorkerDied
from query_engine.limits import VALUES_BYTES_MAX
from query_engine.wire import wire_schema
from query_engine.workers import framing
from query_engine.workers.failure import heard
from query_engine.workers.plans import Plan
from query_engine.workers.pool import WorkerPool
from query_engine.workers.slots import NoSuchPlace
from query_engine.workers.worker import Task, Usage, cause_of_end

_END_SECONDS = 30.0
"""How long the report of a worker's end may take after its socket has closed."""


class Rows(NamedTuple):
    """
    Rows of a result, in two forms of the same memory.

    Attributes:
        batch: For who computes with them.
        message: The Arrow IPC message that the worker sent, for who passes them on.
    """

    batch: pa.RecordBatch
    message: memoryview


class Execution:
    """
    One running plan; iterate `rows` once.

    Args:
        frame: The plan.
        schema: The wire schema of its result.
        token: Ends it early.
        on_stopped: Called once when no worker works for it any more.

    Attributes:
        schema: The same.
    """

    def __init__(
        self,
        frame: pl.LazyFrame,
        schema: pa.Schema,
        token: CancelToken,
        on_stopped: Callable[[], None],
    ) -> None:
        self.schema, self._token, self._on_stopped = schema, token, on_stopped
        self._payload = Plan.of(frame, schema).packed()

    def start(self, pool: WorkerPool) -> Usage:
        """
        Give the plan to a worker of *pool*; returns what will be measured of it.

        Raises:
            LakeError: The token said so, or there is no worker; ``on_stopped`` is not called.
        """
        self._pool = pool
        self._task = Task(self._token, pool.options.memory_bytes_max, self._on_stopped)
        self._worker = pool.run(self._task, self._payload)
        self._payload = b""
        return self._task.usage

    def rows(self) -> Iterator[Rows]:
        """
        Yield the result.

        Raises:
            Cancelled, TimeLimit: The token ended it.
            ResourceExhausted: It needed too much.
            WorkerDied: Its process ended.
            Exception: What the engine raised.
        """
        finished = False
        try:
            while not finished:
                frame = framing.receive(self._worker.socket, self._token.check)
                if frame is None:
                    raise self._end()
                self._token.check()
                if frame.kind in {framing.BATCH, framing.SLOT}:
                    # Nothing here may hold rows, whose slot is free when nobody does.
                    yield self._rows(self._message(frame))
                    continue
                if frame.kind == framing.FAILED:
                    error, fatal = heard(frame.payload)
                    if not fatal:
                        finished = True
                        self._pool.rest(self._worker, self._task)
                    raise error
                finished = True
                self._pool.rest(self._worker, self._task)
        except (framing.FrameTooLarge, NoSuchPlace) as error:
            raise WorkerDied("the process that ran the query sent nonsense") from error
        finally:
            if not finished:
                self._pool.end(self._worker, self._task)

    def _message(self, frame: framing.Frame) -> pa.Buffer:
        """Return the encoded batch of a frame."""
        if frame.kind == framing.BATCH:
            return pa.py_buffer(frame.payload)
        assert self._task.slots is not None, "a worker that has a plan is ready"
        return self._task.slots.message(frame.payload)

    def _rows(self, message: pa.Buffer) -> Rows:
        return Rows(pa.ipc.read_record_batch(message, self.schema), memoryview(message))

    def _end(self) -> BaseException:
        """Return why there is no worker any more."""
        self._task.wait_stopped(_END_SECONDS)
        ended = self._task.ended
        if ended is not None and ended.why != "told":
            return cause_of_end(self._task)
        self._token.check()
        return cause_of_end(self._task)


def values_of(frame: pl.LazyFrame, token: CancelToken, pool: WorkerPool) -> pl.DataFrame:
    """
    Return the few rows of a plan whose values decide how another one is planned.

    Raises:
        LimitExceeded: They are not few.
        LakeError: As `Execution`.
    """
    schema = frame.collect_schema()
    wire = wire_schema(schema)
    execution = Execution(frame, wire, token, lambda: None)
    execution.start(pool)
    batches, size = [], 0
    for batch, _ in execution.rows():
        batches.append(batch)
        size += batch.nbytes
        if size > VALUES_BYTES_MAX:
            raise LimitExceeded(
                f"a subquery whose values decide what is read yields more than {VALUES_BYTES_MAX} "
                "bytes; select fewer rows in it"
            )
    rows = pl.from_arrow(pa.Table.from_batches(batches, wire))
    assert isinstance(rows, pl.DataFrame), "a table is a frame"
    return rows.cast(schema)
