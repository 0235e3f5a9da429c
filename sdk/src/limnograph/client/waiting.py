"""Waiting for a query in a program without a loop of its own: interruptible, with a deadline."""

import time
from typing import TYPE_CHECKING

from limnograph.client.errors import TimedOut
from limnograph.client.limits import WAIT_SECONDS_MAX
from limnograph.client.meter import Meter
from limnograph.client.stream import End, Stream

if TYPE_CHECKING:
    import pyarrow as pa


def opened(stream: Stream, meter: Meter, timeout_s: float | None) -> "pa.Schema":
    """
    Wait until the answer begins and return its schema.

    Raises:
        QueryError: The query failed.
    """
    _wait(stream, meter, timeout_s, batch=False)
    assert stream.schema is not None, "an answer that has begun has a schema"
    return stream.schema


def next_batch(stream: Stream, meter: Meter, timeout_s: float | None) -> "pa.RecordBatch | None":
    """
    Wait for the next batch and return it, None at the end.

    Raises:
        QueryError: The query failed.
    """
    found = _wait(stream, meter, timeout_s, batch=True)
    return None if isinstance(found, End) else found


def left_s(stream: Stream, timeout_s: float | None) -> float:
    """
    Return how long a query may still take.

    Raises:
        TimedOut: It took longer than its caller allows.
    """
    if timeout_s is None:
        return WAIT_SECONDS_MAX
    left = stream.begun + timeout_s - time.monotonic()
    if left > 0:
        return left
    query = stream.query
    raise TimedOut(
        "timed_out",
        f"the query took longer than timeout={timeout_s:g} s",
        query_id=query.query_id,
        sql=query.sql,
    )


def _wait(
    stream: Stream, meter: Meter, timeout_s: float | None, *, batch: bool
) -> "pa.RecordBatch":
    try:
        while True:
            found = stream.poll(batch=batch)
            if found is not False:
                return found
            stream.wait(min(meter.step_s(), left_s(stream, timeout_s)))
            meter.draw()
    except BaseException:
        stream.interrupt()
        raise
