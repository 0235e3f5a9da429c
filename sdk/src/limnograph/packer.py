"""
From batches to requests: stream and block ids, containers, bounded bodies. No I/O, no threads.

Rule: a request is built once. Sending it again sends the same bytes and the same block ids, so a
receiver that has already stored it can tell.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from limnograph.ids import new_id
from limnograph.limits import Limits
from limnograph.process import wire_properties
from limnograph.recorder import Batch, Source
from limnograph.wire.container import Clock, encode
from limnograph.wire.envelope import BLOCK_FORMAT, Block, Process, Stream, encode_request

_TAGS = {"log": "log", "metrics": "metrics", "spans": "cpu", "images": "image"}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """
    One request, built.

    Attributes:
        lost_if_dropped: (source, events) to be told as dropped should the request be dropped:
            its rows and the drops that its blocks would have told.
        rows: (source, rows) of its blocks.
    """

    body: bytes
    blocks: int
    rows: tuple[tuple[Source, int], ...]
    lost_if_dropped: tuple[tuple[Source, int], ...]

    @property
    def events(self) -> int:
        """How many events it carries."""
        return sum(rows for _, rows in self.rows)


class _StreamState:
    __slots__ = ("rows", "stream")

    def __init__(self, stream: Stream) -> None:
        self.stream, self.rows = stream, 0


class Packer:
    """Packs one process's batches; used by one thread at a time."""

    def __init__(self, process: Process, limits: Limits) -> None:
        self.process = process
        self._limits = limits

    def pack(self, batches: Iterable[Batch], clock: Clock) -> Iterator[Outgoing]:
        """Yield requests within the limits, each with the streams of its blocks."""
        waiting: list[tuple[Batch, Block, bytes]] = []
        size = 0
        for batch in batches:
            block, payload = self._block(batch, clock)
            full = size + len(payload) > self._limits.request_bytes_max
            if waiting and (full or len(waiting) >= self._limits.request_blocks_max):
                yield self._request(waiting)
                waiting, size = [], 0
            waiting.append((batch, block, payload))
            size += len(payload)
        if waiting:
            yield self._request(waiting)

    def _block(self, batch: Batch, clock: Clock) -> tuple[Block, bytes]:
        state = self._stream(batch.source)
        payload = encode(
            batch.source.kind,
            batch.rows,
            batch.columns,
            sites=batch.sites,
            clock=clock,
            dropped=batch.dropped,
            open_spans=batch.open_spans,
        )
        block = Block(
            block_id=new_id(),
            stream_id=state.stream.stream_id,
            process_id=self.process.process_id,
            begin_time_ns=clock.unix_ns(batch.begin_ticks),
            end_time_ns=clock.unix_ns(batch.end_ticks),
            begin_ticks=batch.begin_ticks - self.process.start_ticks,
            end_ticks=batch.end_ticks - self.process.start_ticks,
            nb_objects=batch.rows,
            object_offset=state.rows,
            payload_size=len(payload),
        )
        state.rows += batch.rows
        return block, payload

    def _request(self, parts: list[tuple[Batch, Block, bytes]]) -> Outgoing:
        streams = {block.stream_id: self._stream(batch.source).stream for batch, block, _ in parts}
        return Outgoing(
            body=encode_request(
                self.process,
                list(streams.values()),
                [(block, payload) for _, block, payload in parts],
            ),
            blocks=len(parts),
            rows=tuple((batch.source, batch.rows) for batch, _, _ in parts),
            lost_if_dropped=tuple(
                (batch.source, batch.rows + batch.dropped) for batch, _, _ in parts
            ),
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
                    stream_id=new_id(),
                    process_id=self.process.process_id,
                    format=BLOCK_FORMAT,
                    tags=(_TAGS[source.kind],),
                    properties=wire_properties(properties),
                )
            )
        state: _StreamState = source.stream
        return state
