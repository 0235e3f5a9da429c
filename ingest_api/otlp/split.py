"""
An export request as what it asks to store: one block for each Resource* message.

Rule: a block's payload is the bytes of its message exactly as they were sent. A request that
breaks the wire format anywhere is refused as a whole, before anything of it is stored.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from assets.otlp_wire.measure import Measured, measure
from assets.otlp_wire.values import Bounds
from assets.otlp_wire.wire import BYTES, Malformed, Payload, TooManyFields
from assets.storage.metadata.records import ProcessRecord, StreamRecord
from ingest_api.errors import MalformedBody, OverLimit
from ingest_api.group_commit import Submission
from ingest_api.limits import OTLP_FIELDS_MAX
from ingest_api.otlp.identity import (
    attributes_of,
    block_id,
    owner_of,
    process_id,
    stream_id,
)
from limnograph.wire.envelope import Block

TAGS = {"logs": "log", "metrics": "metrics", "traces": "trace"}
"""Signal to the tag of its streams."""

COLUMN_CHARS_MAX = 255
"""Texts of a process are cut to it, as Micromegas cuts them; its properties are kept whole."""

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)"
)


@dataclass(slots=True)
class Split:
    """
    What became of a request.

    Attributes:
        submissions: What is to be stored, one for each process.
        refused: Records of messages that are over a limit.
        reason: Which limit; empty if nothing was refused.
    """

    submissions: list[Submission] = field(default_factory=list)
    refused: int = 0
    reason: str = ""


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
                found.refused += measured.records
                found.reason = (
                    f"a resource of {len(payload)} bytes is over payload_bytes_max ="
                    f" {payload_bytes_max}: export smaller batches"
                )
                continue
            begin = measured.begin_ns or now()
            process = _process(payload, begin)
            _, blocks, payloads = by_process.setdefault(process.process_id, (process, [], []))
            owner = process.process_id
            known_by = block_id(b"%d" % place if delivery else payload, extra + delivery)
            ids = (owner, stream_id(owner, signal), known_by)
            blocks.append(_block(ids, len(payload), measured, begin))
            payloads.append(memoryview(payload))
    except TooManyFields as exc:
        raise OverLimit("otlp_fields_max", OTLP_FIELDS_MAX, "export smaller batches") from exc
    except Malformed as exc:
        reason, offset = exc.args
        raise MalformedBody(f"byte {offset} of the request: {reason}") from exc
    for process, blocks, payloads in by_process.values():
        stream = StreamRecord(
            stream_id=stream_id(process.process_id, signal),
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


def _process(data: bytes, begin: int) -> ProcessRecord:
    """Return the process that a Resource* message describes in its field 1."""
    payload = Payload(data, OTLP_FIELDS_MAX)
    attributes: dict[str, str] = {}
    for one in payload.fields(0, len(data)):
        if one.number == 1:
            one.check(BYTES)
            attributes = attributes_of(payload, (one.start, one.end))
    known = {key: _storable(text) for key, text in attributes.items()}
    name, namespace = known.get("service.name", ""), known.get("service.namespace", "")
    owner = owner_of(known)
    columns = {
        "exe": f"{namespace}/{name}" if namespace else name,
        "username": owner,
        "realname": owner,
        "computer": known.get("host.name", ""),
        "distro": known.get("os.description", ""),
        "cpu_brand": known.get("host.cpu.model.name", ""),
    }
    created = known.get("process.creation.time") or known.get("process.start_time", "")
    start = _unix_ns(created) or begin
    return ProcessRecord(
        process_id=process_id(attributes),
        **{column: text[:COLUMN_CHARS_MAX] for column, text in columns.items()},
        tsc_frequency=1_000_000_000,
        start_time_ns=start,
        start_ticks=start,
        parent_process_id=None,
        properties={f"otel.resource.{_storable(key)}": text for key, text in known.items()},
    )


def _storable(text: str) -> str:
    """Return text as Postgres keeps it: it has no NUL."""
    return text.replace("\0", "\ufffd")


def _unix_ns(text: str) -> int:
    """Return the time that RFC 3339 says, 0 if it is none."""
    match = _RFC3339.fullmatch(text.strip())
    if match is None:
        return 0
    day_and_time, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(day_and_time.upper() + zone.upper().replace("Z", "+00:00"))
    except ValueError:
        return 0
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    nanos = int(seconds) * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))
    return nanos if 0 < nanos < 2**63 else 0
