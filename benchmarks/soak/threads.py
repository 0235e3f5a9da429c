"""
Threads that record spans, written down in blocks as a recorder does; and what of it must be seen.

The account is the plain reference: completed spans of the blocks that arrived, and of each thread
the spans that its newest block there lists as open, without those that are known to have ended.
"""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

from benchmarks.soak.sender import SITE, MadeBlock, Sender
from limnograph.wire import build, container, envelope


@dataclass(frozen=True, slots=True)
class Span:
    """One that has begun; ``end`` is -1 while it is open. Ticks are ns."""

    id: int
    parent: int
    depth: int
    begin: int
    end: int = -1


@dataclass(frozen=True, slots=True)
class SpanBlock:
    """A block, the place of its first span in its stream, its spans, and the ids of open ones."""

    made: MadeBlock
    offset: int
    ended: tuple[Span, ...]
    open: frozenset[int]


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
        self._ids, self._clock = count(1), count(1)
        self._origin_ns = time.time_ns()
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

    def begin(self, number: int) -> None:
        """A thread begins a span within what it runs."""
        running = self.threads[number].running
        parent = running[-1].id if running else 0
        running.append(Span(next(self._ids), parent, len(running), next(self._clock)))

    def end(self, number: int, *, of: int | None = None) -> None:
        """A thread ends its innermost span, or another's, and writes it down itself."""
        running = self.threads[number if of is None else of].running
        if running:
            span = running.pop()
            over = Span(span.id, span.parent, span.depth, span.begin, next(self._clock))
            self.threads[number].ended.append(over)

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
            frozenset(span.id for span in thread.running),
        )
        thread.written += len(ended)
        return block

    def _made(self, thread: Thread, ended: tuple[Span, ...]) -> MadeBlock:
        begins = [span.begin for span in ended]
        columns = [
            build.fixed("begin", "int64", [b - a for a, b in zip([0, *begins], begins)]),  # noqa: B905
            build.fixed("duration", "int64", [span.end - span.begin for span in ended]),
            build.fixed("id", "int64", [span.id for span in ended]),
            build.fixed("parent", "int64", [span.parent for span in ended]),
            build.fixed("depth", "uint32", [span.depth for span in ended]),
            build.fixed("site", "uint32", [0] * len(ended)),
            build.fixed("status", "uint8", [1] * len(ended)),
        ]
        listed = [
            {"id": s.id, "parent": s.parent, "depth": s.depth, "site": 0, "begin_ticks": s.begin}
            for s in thread.running
        ]
        clock = container.Clock(1_000_000_000, 0, self._origin_ns)
        payload = container.encode(
            "spans", len(ended), columns, sites=[SITE], clock=clock, open_spans=listed
        )
        header = envelope.Block(
            block_id=str(uuid4()),
            stream_id=thread.stream.stream_id,
            process_id=self.process.process_id,
            begin_time_ns=self._origin_ns + min(begins),
            end_time_ns=self._origin_ns + max(span.end for span in ended),
            begin_ticks=min(begins),
            end_ticks=max(span.end for span in ended),
            nb_objects=len(ended),
            object_offset=thread.written,
            payload_size=len(payload),
        )
        return MadeBlock("cpu", thread.stream, header, payload, ())


def expected(arrived: Iterable[SpanBlock], kept: Collection[str]) -> list[tuple[int, int | None]]:
    """
    Return id and duration of each span that a query must show, by id.

    Args:
        arrived: The blocks that were acknowledged.
        kept: Ids of those that are still there: of others the tables have the rows.
    """
    blocks = list(arrived)
    found: dict[int, int | None] = {}
    newest: dict[str, SpanBlock] = {}
    for block in blocks:
        stream = block.made.stream.stream_id
        there = block.made.header.block_id in kept
        if there and (stream not in newest or newest[stream].offset < block.offset):
            newest[stream] = block
    for block in newest.values():
        found |= dict.fromkeys(block.open)
    for block in blocks:
        found |= {span.id: span.end - span.begin for span in block.ended}
    return sorted(found.items())
