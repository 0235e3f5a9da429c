"""
From blocks to requests: stream and block ids, bounded bodies. No I/O, no threads.

Rule: a request is built once. Sending it again sends the same bytes and the same block ids, so a
receiver that has already stored it can tell.
"""

from collections.abc import Iterable, Iterator

from limnograph.ids import new_id
from limnograph.limits import Limits
from limnograph.outgoing import RANK_OF_KIND, Outgoing
from limnograph.process import wire_properties
from limnograph.recorder import Block, Source
from limnograph.wire.container import Clock
from limnograph.wire.envelope import BLOCK_FORMAT, Process, Stream, encode_request
from limnograph.wire.envelope import Block as BlockEntry
from limnograph.wire.streams import (
    LOG_STREAM,
    METRICS_STREAM,
    TRACE_STREAM,
    derived_id,
    thread_stream_id,
)

_TAGS = {
    "log": "log",
    "metrics": "metrics",
    "spans": "cpu",
    "traces": "trace",
    "images": "image",
}
_STREAMS = {"log": LOG_STREAM, "metrics": METRICS_STREAM, "traces": TRACE_STREAM}


class _StreamState:
    __slots__ = ("rows", "stream")

    def __init__(self, stream: Stream, rows: int) -> None:
        self.stream, self.rows = stream, rows


class Packer:
    """
    Packs one process's blocks; used by one thread at a time.

    Attributes:
        log_rows: Events of the log packed so far.
    """

    def __init__(self, process: Process, limits: Limits, log_rows: int = 0) -> None:
        self.process = process
        self._limits = limits
        self.log_rows = log_rows

    def pack(
        self, blocks: Iterable[Block], clock: Clock, *, apart: bool = False
    ) -> Iterator[Outgoing]:
        """
        Yield requests within the limits, each with the streams of its blocks.

        Args:
            blocks: Kind by kind.
            clock: Calibration of their ticks.
            apart: Put no two kinds into one request, so that each can be sent and dropped alone.
        """
        waiting: list[tuple[Block, BlockEntry]] = []
        size = 0
        for block in blocks:
            full = size + len(block.payload) > self._limits.request_bytes_max
            full = full or len(waiting) >= self._limits.request_blocks_max
            other = apart and waiting and waiting[-1][0].source.kind != block.source.kind
            if waiting and (full or other):
                yield self._request(waiting)
                waiting, size = [], 0
            waiting.append((block, self._entry(block, clock)))
            size += len(block.payload)
        if waiting:
            yield self._request(waiting)

    def _entry(self, block: Block, clock: Clock) -> BlockEntry:
        state = self._stream(block.source)
        entry = BlockEntry(
            block_id=new_id(),
            stream_id=state.stream.stream_id,
            process_id=self.process.process_id,
            begin_time_ns=clock.unix_ns(block.begin_ticks),
            end_time_ns=clock.unix_ns(block.end_ticks),
            begin_ticks=block.begin_ticks - self.process.start_ticks,
            end_ticks=block.end_ticks - self.process.start_ticks,
            nb_objects=block.rows,
            object_offset=state.rows,
            payload_size=len(block.payload),
        )
        state.rows += block.rows
        if block.source.kind == "log":
            self.log_rows += block.rows
        return entry

    def _request(self, parts: list[tuple[Block, BlockEntry]]) -> Outgoing:
        blocks = [block for block, _ in parts]
        streams = {entry.stream_id: self._stream(block.source).stream for block, entry in parts}
        return Outgoing(
            encode_request(
                self.process,
                list(streams.values()),
                [(entry, block.payload) for block, entry in parts],
            ),
            blocks=len(blocks),
            rows=[(block.source.kind, block.rows) for block in blocks],
            lost_if_dropped=[(block.source, block.rows + block.dropped) for block in blocks],
            rank=min(RANK_OF_KIND[block.source.kind] for block in blocks),
            cursor=[piece for block in blocks for piece in block.cursor],
        )

    def _stream(self, source: Source) -> _StreamState:
        if source.stream is None:
            properties = {}
            if source.kind == "spans":
                name = getattr(source.thread, "name", "")
                properties = {"thread-id": str(source.thread_id), "thread-name": name}
                source.thread = None
            source.stream = _StreamState(
                Stream(
                    stream_id=self._stream_id(source),
                    process_id=self.process.process_id,
                    format=BLOCK_FORMAT,
                    tags=(_TAGS[source.kind],),
                    properties=wire_properties(properties),
                ),
                self.log_rows if source.kind == "log" else 0,
            )
        state: _StreamState = source.stream
        return state

    def _stream_id(self, source: Source) -> str:
        """Streams that another process may have to go on with have ids that it can tell."""
        process_id = self.process.process_id
        if source.number:
            return thread_stream_id(process_id, source.number)
        number = _STREAMS.get(source.kind)
        return derived_id(process_id, number) if number else new_id()
