"""
Events whose message is a number of their own, spread over hours, and the ledger of them.

Numbers are given out in order and stored in order by one writer, so that what a query sees of the
whole lake is always the events 1 to n for some n: their count says what their sum must be.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from uuid import uuid4

import numpy as np
import psycopg

from assets.storage.metadata.partitions import partition_name
from benchmarks.soak.sender import SITE, MadeBlock, Sender
from limnograph.wire import build, container, envelope

HOURS = 72
HOUR_NS = 3600 * 10**9


@dataclass
class Ledger:
    """
    What was sent and acknowledged; thread-safe.

    Attributes:
        begin_ns: Where the first hour begins.
        hourly: Events of each hour that were stored before anything was measured.
    """

    begin_ns: int
    hourly: int
    sent: int = 0
    acknowledged: int = 0
    lock: Lock = field(default_factory=Lock)

    def check_all(self, before: int, count: int, total: int) -> None:
        """
        Check the count and the sum of all events; *before* were acknowledged before the question.

        Raises:
            AssertionError: An event is lost, doubled or invented.
        """
        with self.lock:
            sent = self.sent
        assert before <= count <= sent, f"{count} events seen, {before} acknowledged, {sent} sent"
        assert total == count * (count + 1) // 2, f"the sum of {count} events is {total}"

    def check_hour(self, hour: int, count: int, total: int) -> None:
        """
        Check an hour of event time to which nothing was added later.

        Raises:
            AssertionError: As ``check_all``.
        """
        first, last = hour * self.hourly + 1, (hour + 1) * self.hourly
        assert count == self.hourly, f"hour {hour}: {count} events, {self.hourly} stored"
        assert total == (first + last) * count // 2, f"hour {hour}: the sum is {total}"


def new_ledger(events: int) -> Ledger:
    """Return the ledger of so many events over the hours that have ended."""
    begin_ns = (time.time_ns() // HOUR_NS - HOURS) * HOUR_NS
    return Ledger(begin_ns, events // HOURS)


def block_of(sender: Sender, first: int, events: int, begin_ns: int, end_ns: int) -> MadeBlock:
    """Return the block of the events *first*, *first* + 1 and so on, evenly spread in time."""
    step = max(1, (end_ns - begin_ns) // (events + 1))
    numbers = range(first, first + events)
    columns = [
        build.fixed("time", "int64", [0, *[step] * (events - 1)]),
        build.fixed("site", "uint32", [0] * events),
        build.fixed("level", "uint8", np.tile([4, 4, 4, 3], events // 4 + 1)[:events].tolist()),
        build.utf8("msg", [str(number) for number in numbers]),
    ]
    clock = container.Clock(1_000_000_000, 0, begin_ns)
    payload = container.encode("log", events, columns, sites=[SITE], clock=clock)
    stream = sender.streams["log"]
    header = envelope.Block(
        block_id=str(uuid4()),
        stream_id=stream.stream_id,
        process_id=sender.process.process_id,
        begin_time_ns=begin_ns,
        end_time_ns=begin_ns + step * events,
        begin_ticks=0,
        end_ticks=step * events,
        nb_objects=events,
        object_offset=first,
        payload_size=len(payload),
    )
    return MadeBlock("log", stream, header, payload, ())


def set_back(database_url: str) -> None:
    """Let the blocks have arrived when their events ended, as over three days."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        row = connection.execute("SELECT min(begin_time_ns) FROM blocks").fetchone()
        assert row is not None, "an aggregate has a row"
        first = datetime.fromtimestamp(row[0] / 1e9, UTC)
        for number in range(HOURS // 24 + 2):
            day = (first + timedelta(days=number)).date()
            start = datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat()
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS {partition_name(day)} PARTITION OF blocks"
                f" FOR VALUES FROM ('{start}') TO ('{start}'::timestamptz + interval '1 day')"
            )
        connection.execute("UPDATE blocks SET insert_time = to_timestamp(end_time_ns / 1e9)")
