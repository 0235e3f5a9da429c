"""
Threads that record spans, written down in blocks as a recorder does; and what of it must be seen.

The account is the plain reference: completed spans of the blocks that arrived, and of each thread
the spans that its newest block there lists as open, without those that are known to have ended.
"""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from itertools import count, pairwise
from uuid import uuid4

from benchmarks.soak.sender import SITE, MadeBlock, Sender
from limnograph.wire import build, container, envelope


@dataclass(frozen=True, slots=True)
class Span:
    """One that has begun, in a coroutine or not; ``end`` is -1 while it is open. Ticks are ns."""

    id: int
    parent: int
    depth: int
    begin: int
    in_coroutine: bool
    end: int = -1


@dataclass(frozen=True, slots=True)
class SpanBlock:
    """A block, the place of its first span in its stream, its spans, and the open ones."""

    made: MadeBlock
    offset: int
    ended: tuple[Span, ...]
    open: tuple[Span, ...]


@dataclass
class Thread:
    """One thread of a process: what it runs, and what it has not written down yet."""

    stream: envelope.Stream
    running: list[Span] = field(default_factory=list)
    ended: list[Span] = field(default_factory=list)
    written: int = 0


class Threads(Sender):
    """A process that runs spans; time is a counter, so that the order of all events is known."""

    def __init__(self, threads: int) -> None:
        super().__init__(count(1))
        self._ids, self._clock, self._images = count(1), count(1), 0
        self.origin_ns = time.time_ns()
        process_id = self.process.process_id
        self.streams = {
            f"cpu {number}": envelope.Stream(
                stream_id=str(uuid4()),
                process_id=process_id,
                format="limnograph/v1",
                tags=("cpu",),
            )
            for number in range(threads)
        }
        self.threads = [Thread(stream) for stream in self.streams.values()]
        self.streams["image"] = envelope.Stream(
            stream_id=str(uuid4()),
            process_id=process_id,
            format="limnograph/v1",
            tags=("image",),
        )

    def begin(self, number: int, *, in_coroutine: bool = False) -> None:
        """A thread, or a coroutine that it runs, begins a span within what it runs."""
        running = self.threads[number].running
        parent = running[-1].id if running else 0
        running.append(Span(next(self._ids), parent, len(running), next(self._clock), in_coroutine))

    def end(self, number: int, *, of: int | None = None) -> None:
        """A thread ends its innermost span, or another's, and writes it down itself."""
        running = self.threads[number if of is None else of].running
        if running:
            span = running.pop()
            self.threads[number].ended.append(replace(span, end=next(self._clock)))

    def images(self, number: int) -> MadeBlock:
        """The process sends images, whose bytes are marks that nothing else has."""
        times = [next(self._clock) for _ in range(number)]
        marks = tuple(f"image {time}" for time in times)
        columns = [
            build.fixed("time", "int64", [b - a for a, b in pairwise([0, *times])]),
            build.fixed("site", "uint32", [0] * number),
            build.dictionary("name", ["picture"] * number),
            build.dictionary("format", ["png"] * number),
            build.binary("data", [mark.encode() for mark in marks]),
        ]
        clock = container.Clock(1_000_000_000, 0, self.origin_ns)
        payload = container.encode("images", number, columns, sites=[SITE], clock=clock)
        stream = self.streams["image"]
        header = self._header(stream, (times[0], times[-1]), number, self._images, len(payload))
        self._images += number
        return MadeBlock("image", stream, header, payload, marks)

    def flush(self, number: int) -> SpanBlock | None:
        """A thread writes down what has ended, and what is open; nothing if nothing has ended."""
        thread = self.threads[number]
        ended, thread.ended = tuple(thread.ended), []
        if not ended:
            return None
        block = SpanBlock(
            self._made(thread, ended),
            thread.written,
            ended,
            tuple(thread.running),
        )
        thread.written += len(ended)
        return block

    def _made(self, thread: Thread, ended: tuple[Span, ...]) -> MadeBlock:
        begins = [span.begin for span in ended]
        columns = [
            build.fixed("begin", "int64", [b - a for a, b in pairwise([0, *begins])]),
            build.fixed("duration", "int64", [span.end - span.begin for span in ended]),
            build.fixed("id", "int64", [span.id for span in ended]),
            build.fixed("parent", "int64", [span.parent for span in ended]),
            build.fixed("depth", "uint32", [span.depth for span in ended]),
            build.fixed("site", "uint32", [0] * len(ended)),
            build.fixed("status", "uint8", [1] * len(ended)),
            build.fixed("coroutine", "uint8", [int(span.in_coroutine) for span in ended]),
        ]
        listed = [
            {"id": s.id, "parent": s.parent, "depth": s.depth, "site": 0, "begin_ticks": s.begin}
            for s in thread.running
        ]
        clock = container.Clock(1_000_000_000, 0, self.origin_ns)
        payload = container.encode(
            "spans", len(ended), columns, sites=[SITE], clock=clock, open_spans=listed
        )
        times = (min(begins), max(span.end for span in ended))
        header = self._header(thread.stream, times, len(ended), thread.written, len(payload))
        return MadeBlock("cpu", thread.stream, header, payload, ())

    def _header(
        self, stream: envelope.Stream, ticks: tuple[int, int], rows: int, offset: int, size: int
    ) -> envelope.Block:
        begin, end = ticks
        return envelope.Block(
            block_id=str(uuid4()),
            stream_id=stream.stream_id,
            process_id=self.process.process_id,
            begin_time_ns=self.origin_ns + begin,
            end_time_ns=self.origin_ns + end,
            begin_ticks=begin,
            end_ticks=end,
            nb_objects=rows,
            object_offset=offset,
            payload_size=size,
        )


def expected(arrived: Iterable[SpanBlock], kept: Collection[str]) -> list[Span]:
    """
    Return each span that a query must show, by id.

    Args:
        arrived: The blocks that were acknowledged.
        kept: Ids of those that are still there: of others the tables have the rows.
    """
    blocks = list(arrived)
    found: dict[int, Span] = {}
    newest: dict[str, SpanBlock] = {}
    for block in blocks:
        stream = block.made.stream.stream_id
        there = block.made.header.block_id in kept
        if there and (stream not in newest or newest[stream].offset < block.offset):
            newest[stream] = block
    for block in newest.values():
        found |= {span.id: span for span in block.open}
    for block in blocks:
        found |= {span.id: span for span in block.ended}
    return [found[number] for number in sorted(found)]
