"""
An export request as what it asks to store: one block for each Resource* message.

Rule: a block's payload is the bytes of its message exactly as they were sent. A request that
breaks the wire format anywhere is refused as a whole, before anything of it is stored.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from assets.otlp_wire.measure import Measured, measure
from assets.otlp_wire.values import Bounds
from assets.otlp_wire.wire import BYTES, Malformed, Payload, TooManyFields
from assets.storage.metadata.records import ProcessRecord, StreamRecord
from ingest_api.errors import MalformedBody, OverLimit
from ingest_api.group_commit import Submission
from ingest_api.limits import OTLP_FIELDS_MAX
from ingest_api.otlp.identity import block_id
from ingest_api.otlp.senders import Sender, sender_of
from limnograph.wire.envelope import Block

TAGS = {"logs": "log", "metrics": "metrics", "traces": "trace"}
"""Signal to the tag of its streams."""


@dataclass(slots=True)
class Split:
    """
    What became of a request.

    Attributes:
        submissions: What is to be stored, one for each process.
        refused: Records of messages that are over a limit.
        reason: Which limit; empty if nothing was refused.
        repaired: Messages with texts that are no UTF-8, which rows show with U+FFFD.
        odd_ids: Spans whose ids have another length than the specification says; they are kept.
    """

    submissions: list[Submission] = field(default_factory=list)
    refused: int = 0
    reason: str = ""
    repaired: int = 0
    odd_ids: int = 0

    def refuse(self, records: int, size: int, bytes_max: int) -> None:
        """Leave out the records of a message that is too long."""
        self.refused += records
        self.reason = (
            f"a resource of {size} bytes is over payload_bytes_max = {bytes_max}:"
            " export smaller batches"
        )


def split(
    signal: str,
    body: bytes,
    payload_bytes_max: int,
    now: Callable[[], int] = time.time_ns,
    *,
    extra: bytes = b"",
    delivery: bytes = b"",
) -> Split:
    """
    Return what an Export*ServiceRequest asks to store.

    Args:
        signal: logs, metrics or traces.
        body: The request.
        payload_bytes_max: A message of more is refused.
        now: The time of what has none.
        extra: What tells this delivery from another one of the same bytes, which is else the same
            block.
        delivery: What blocks are known by instead of their bytes, for a door that adds to what was
            sent: a retry may find more to add.

    Raises:
        MalformedBody: It breaks the wire format; names the byte.
        OverLimit: It has more resources, or one of them more attributes, than are read.
    """
    found = Split()
    by_process: dict[str, tuple[ProcessRecord, list[Block], list[memoryview]]] = {}
    try:
        for place, (start, end) in enumerate(_resources(Payload(body, OTLP_FIELDS_MAX))):
            payload = body[start:end]
            measured = _measured(signal, payload, start)
            if measured.records == 0:
                continue
            if len(payload) > payload_bytes_max:
                found.refuse(measured.records, len(payload), payload_bytes_max)
                continue
            found.repaired += measured.repaired
            found.odd_ids += measured.odd_ids
            begin = measured.begin_ns or now()
            sender = _sender(payload, start)
            owner = sender.process_id
            if owner not in by_process:
                by_process[owner] = (sender.process(begin), [], [])
            _, blocks, payloads = by_process[owner]
            known_by = block_id(b"%d" % place if delivery else payload, extra + delivery)
            ids = (owner, sender.streams[signal], known_by)
            blocks.append(_block(ids, len(payload), measured, begin))
            payloads.append(memoryview(payload))
    except TooManyFields as exc:
        raise OverLimit("otlp_fields_max", OTLP_FIELDS_MAX, "export smaller batches") from exc
    except Malformed as exc:
        reason, offset = exc.args
        raise MalformedBody(f"byte {offset} of the request: {reason}") from exc
    for process, blocks, payloads in by_process.values():
        stream = StreamRecord(
            stream_id=blocks[0].stream_id,
            process_id=process.process_id,
            format=f"otlp/v1/{signal}",
            tags=(TAGS[signal],),
            properties={},
        )
        size = sum(map(len, payloads))
        found.submissions.append(
            Submission(process, (stream,), tuple(blocks), tuple(payloads), size)
        )
    return found


def _resources(request: Payload) -> list[Bounds]:
    """Return where the Resource* messages stand."""
    found = []
    for one in request.fields(0, len(request.data)):
        if one.number == 1:
            one.check(BYTES)
            found.append((one.start, one.end))
    return found


def _measured(signal: str, payload: bytes, start: int) -> Measured:
    """Measure a message; a place of trouble is told as one of the request."""
    try:
        return measure(signal, payload)
    except ValueError as exc:
        reason, offset = exc.args
        raise Malformed(reason, start + offset) from exc


def _sender(payload: bytes, start: int) -> Sender:
    """Return who sent a message; a place of trouble is told as one of the request."""
    at, end = 0, 0
    for one in Payload(payload).fields(0, len(payload)):
        if one.number == 1:
            one.check(BYTES)
            at, end = one.start, one.end
    try:
        return sender_of(payload[at:end])
    except TooManyFields:
        raise
    except Malformed as exc:
        reason, offset = exc.args
        raise Malformed(reason, start + at + offset) from exc


def _block(ids: tuple[str, str, str], size: int, measured: Measured, begin: int) -> Block:
    process, stream, block = ids
    end = max(begin, measured.end_ns)
    return Block(
        block_id=block,
        stream_id=stream,
        process_id=process,
        begin_time_ns=begin,
        end_time_ns=end,
        begin_ticks=begin,
        end_ticks=end,
        nb_objects=measured.records,
        object_offset=0,
        payload_size=size,
    )
