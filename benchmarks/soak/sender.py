"""Blocks whose events can be told apart, made with the SDK's own encoder, of one process."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

from limnograph.wire import build, container, envelope

SITE = {"name": "soak", "target": "soak", "file": "soak.py", "line": 1, "unit": "count"}


@dataclass(frozen=True, slots=True)
class MadeBlock:
    """
    A block to send and what a query must find of it once it is acknowledged.

    Attributes:
        tag: ``log`` or ``metrics``.
        marks: One per event, never used twice: a log's ``msg``, a metric's value as text.
    """

    tag: str
    stream: envelope.Stream
    header: envelope.Block
    payload: bytes
    marks: tuple[str, ...]


class Sender:
    """One process with a log and a metrics stream; makes blocks with marks nobody else makes."""

    def __init__(self, marks: "count[int]") -> None:
        self._marks = marks
        self.process = envelope.Process(
            process_id=str(uuid4()),
            exe="soak",
            username="nobody",
            realname="Nobody",
            computer="here",
            distro="none",
            cpu_brand="any",
            tsc_frequency=1_000_000_000,
            start_time_ns=time.time_ns(),
            start_ticks=0,
            properties={"service": "soak"},
        )
        self.streams = {
            tag: envelope.Stream(
                stream_id=str(uuid4()),
                process_id=self.process.process_id,
                format="limnograph/v1",
                tags=(tag,),
            )
            for tag in ("log", "metrics")
        }

    def block(self, tag: str, events: int) -> MadeBlock:
        """Return a block of *events* events that nobody has sent yet."""
        numbers = [next(self._marks) for _ in range(events)]
        now_ns = time.time_ns()
        columns = [
            build.fixed("time", "int64", [0] + [1] * (events - 1)),
            build.fixed("site", "uint32", [0] * events),
        ]
        if tag == "log":
            columns.append(build.fixed("level", "uint8", [4] * events))
            columns.append(build.utf8("msg", [str(number) for number in numbers]))
        else:
            columns.append(build.fixed("value", "float64", [float(number) for number in numbers]))
        payload = container.encode(
            tag,
            events,
            columns,
            sites=[SITE],
            clock=container.Clock(1_000_000_000, 0, now_ns),
        )
        stream = self.streams[tag]
        header = envelope.Block(
            block_id=str(uuid4()),
            stream_id=stream.stream_id,
            process_id=self.process.process_id,
            begin_time_ns=now_ns,
            end_time_ns=now_ns + events,
            begin_ticks=0,
            end_ticks=events,
            nb_objects=events,
            object_offset=numbers[0],
            payload_size=len(payload),
        )
        return MadeBlock(tag, stream, header, payload, tuple(str(number) for number in numbers))

    def request(self, blocks: Sequence[MadeBlock]) -> bytes:
        """Return the body that posts *blocks* with their streams and the process."""
        streams = list({block.stream.stream_id: block.stream for block in blocks}.values())
        return envelope.encode_request(
            self.process, streams, [(block.header, block.payload) for block in blocks]
        )
