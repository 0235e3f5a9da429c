"""
A worker: takes one plan after another from its socket and sends the rows back.

Rule: it trusts the service, holds nothing between two plans, and may be killed at any moment.
"""

import gc
import io
import socket
from collections.abc import Callable
from typing import Final

import polars as pl
import pyarrow as pa

from query_engine.limits import BATCH_ROWS_MAX, SENT_BYTES_MAX
from query_engine.wire import to_batches, wire_schema
from query_engine.workers.failure import told
from query_engine.workers.framing import (
    BATCH,
    END,
    FAILED,
    SLOT,
    receive,
    send,
    send_ready,
)
from query_engine.workers.plans import Plan
from query_engine.workers.slots import SlotWriter

_WARM: Final = pl.LazyFrame({"n": [1]}).filter(pl.col("n") > 0)

Put = Callable[[pa.RecordBatch], None]


def serve(service: socket.socket) -> None:
    """Run plans until the service is gone."""
    # The first run starts the engine's threads; a query should not have to wait for that.
    compute(_WARM, wire_schema(_WARM.collect_schema()), lambda _: None)
    gc.collect()
    gc.freeze()
    slots = SlotWriter()
    send_ready(service, slots.descriptor)
    while (frame := receive(service)) is not None:
        run(service, slots, Plan.unpacked(frame.payload))


def run(service: socket.socket, slots: SlotWriter, plan: Plan) -> None:
    """Send the rows of a plan, then how it ended."""

    def put(batch: pa.RecordBatch) -> None:
        place = slots.put(batch) if batch.nbytes > SENT_BYTES_MAX else None
        if place is None:
            send(service, BATCH, memoryview(batch.serialize()))
        else:
            send(service, SLOT, place)

    try:
        frame = pl.LazyFrame.deserialize(io.BytesIO(plan.frame))
        compute(frame, plan.schema, put)
    except ConnectionError:
        raise  # the service is gone
    except BaseException as error:  # panics of the engine are no Exceptions
        send(service, FAILED, told(error))
    else:
        send(service, END)


def compute(frame: pl.LazyFrame, schema: pa.Schema, put: Put) -> None:
    """
    Call *put* with batch after batch while the engine works; it waits meanwhile.

    A sink, because the engine's iterator over batches ends without an error, and without the rows,
    when the engine gives up for want of disk.
    """

    def take(rows: pl.DataFrame) -> None:
        for batch in to_batches(rows, schema):
            put(batch)

    frame.sink_batches(take, chunk_size=BATCH_ROWS_MAX, engine="streaming")
