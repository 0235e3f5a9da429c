"""Writing a segment: a new name, the object, and the row that says where it is."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from assets.storage.layout import segment_key
from assets.storage.metadata.records import SegmentRecord
from assets.storage.objects import ObjectStore
from assets.storage.segment import SegmentIndex, encode_segment


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
