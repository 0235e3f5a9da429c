"""Writing a segment: a new name, the object, and the row that says where it is."""

import secrets
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from psycopg import Connection

from assets.storage.layout import segment_key
from assets.storage.metadata.blocks import process_infos, stream_infos
from assets.storage.metadata.records import (
    BlockRecord,
    ProcessRecord,
    SegmentRecord,
    StreamRecord,
)
from assets.storage.objects import ObjectStore
from assets.storage.segment import SegmentIndex, encode_segment

R = TypeVar("R")


def uuid7(now_ns: int) -> UUID:
    """Return a random UUID that starts with the time (Unix ns, kept as ms), so that keys sort."""
    value = (now_ns // 1_000_000) << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    return UUID(int=value | 0b10 << 62 | secrets.randbits(62))


def put_segment(
    objects: ObjectStore,
    index: SegmentIndex,
    payloads: Sequence[bytes | memoryview],
    now_ns: int,
) -> SegmentRecord:
    """
    Write a segment's object; it is durable when this returns.

    Args:
        objects: Where to.
        index: Its blocks are in the order of *payloads*, as `encode_segment` wants them.
        payloads: The bytes of each block.
        now_ns: Unix ns; names the segment and its folder.
    """
    segment_id = uuid7(now_ns)
    key = segment_key(segment_id, datetime.fromtimestamp(now_ns / 1e9, UTC))
    data = encode_segment(index, payloads)
    objects.put_new(key, data)
    return SegmentRecord(segment_id, key, len(data))


def known_index(conn: Connection, blocks: Sequence[BlockRecord]) -> SegmentIndex:
    """Return the index of a segment of these blocks, with what is known of their senders."""
    processes = process_infos(conn, {block.process_id for block in blocks}, None)
    streams = stream_infos(conn, {block.stream_id for block in blocks}, None)
    return SegmentIndex(
        tuple(_record(ProcessRecord, info) for info in processes.values()),
        tuple(
            replace(_record(StreamRecord, info), tags=tuple(info.tags)) for info in streams.values()
        ),
        tuple(blocks),
    )


def _record(kind: type[R], info: object) -> R:
    """Return what is known of a process or a stream as the record that brought it."""
    return kind(**{field.name: getattr(info, field.name) for field in fields(kind)})  # type: ignore[arg-type]
