"""
From batches to requests: stream and block ids, containers, bounded bodies. No I/O, no threads.

Rule: a request is built once. Sending it again sends the same bytes and the same block ids, so a
receiver that has already stored it can tell.
"""

from collections.abc import Iterable, Iterator

from limnograph.ids import derived_id, new_id
from limnograph.last_will import LOG_STREAM, METRICS_STREAM
from limnograph.limits import Limits
from limnograph.outgoing import RANK_OF_KIND, Outgoing
from limnograph.process import wire_properties
from limnograph.recorder import Batch, Source
from limnograph.wire.container import Clock, encode
from limnograph.wire.envelope import BLOCK_FORMAT, Block, Process, Stream, encode_request

_TAGS = {"log": "log", "metrics": "metrics", "spans": "cpu", "images": "image"}
_STREAMS = {"log": LOG_STREAM, "metrics": METRICS_STREAM}


class _StreamState:
    __slots__ = ("rows", "stream")

    def __init__(self, stream: Stream) -> None:
        self.stream, self.rows = stream, 0


class Packer:
    """
    Packs one process's batches; used by one thread at a time.

    Attributes:
        log_rows: Events of the log packed so far.
    """

    def __init__(self, process: Process, limits: Limits) -> None:
        self.process = process
        self._limits = limits
        self.log_rows = 0

    def pack(
        self, batches: Iterable[Batch], clock: Clock, *, apart: bool = False
    ) -> Iterator[Outgoing]:
        """
        Yield requests within the limits, each with the streams of its blocks.

        Args:
            batches: Kind by kind.
            clock: Calibration of their ticks.
            apart: Put no two kinds into one request, so that each can be sent and dropped alone.
        """
        waiting: list[tuple[Batch, Block, bytes]] = []
        size = 0
        for batch in batches:
            block, payload = self._block(batch, clock)
            full = size + len(payload) > self._limits.request_bytes_max
            full = full or len(waiting) >= self._limits.request_blocks_max
            other = apart and waiting and waiting[-1][0].source.kind != batch.source.kind
            if waiting and (full or other):
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
        if batch.source.kind == "log":
            self.log_rows += batch.rows
        return block, payload

    def _request(self, parts: list[tuple[Batch, Block, bytes]]) -> Outgoing:
        streams = {block.stream_id: self._stream(batch.source).stream for batch, block, _ in parts}
        return Outgoing(
            encode_request(
                self.process,
                list(streams.values()),
                [(block, payload) for _, block, payload in parts],
            ),
            blocks=len(parts),
            rows=[(batch.source.kind, batch.rows) for batch, _, _ in parts],
            lost_if_dropped=[(batch.source, batch.rows + batch.dropped) for batch, _, _ in parts],
            rank=min(RANK_OF_KIND[batch.source.kind] for batch, _, _ in parts),
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
                    stream_id=self._stream_id(source.kind),
                    process_id=self.process.process_id,
                    format=BLOCK_FORMAT,
                    tags=(_TAGS[source.kind],),
                    properties=wire_properties(properties),
                )
            )
        state: _StreamState = source.stream
        return state

    def _stream_id(self, kind: str) -> str:
        number = _STREAMS.get(kind)
        return new_id() if number is None else derived_id(self.process.process_id, number)
