"""
Segments: one object holding the payloads of many blocks, and an index of whose they are.

The index repeats everything that the metadata knows of these blocks, so that the metadata can be
rebuilt from the objects alone. Format: docs/formats/segment.md.
"""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assets.errors import LakeError
from assets.storage.metadata.records import BlockRecord, ProcessRecord, StreamRecord
from assets.storage.objects import ObjectInfo, ObjectStore

MAGIC = b"LIMNOSEG"
VERSION = 1
FIRST_PAYLOAD_OFFSET = len(MAGIC)
_FOOTER_SIZE = 8 + len(MAGIC)


class SegmentCorrupt(LakeError):
    """An object under ``segments/`` is not a segment; the message says what is wrong where."""

    code = "segment_corrupt"


@dataclass(frozen=True, slots=True)
class SegmentIndex:
    """What a segment says of itself; the blocks' payload offsets count from its first byte."""

    processes: tuple[ProcessRecord, ...]
    streams: tuple[StreamRecord, ...]
    blocks: tuple[BlockRecord, ...]


def encode_segment(index: SegmentIndex, payloads: Iterable[bytes | memoryview]) -> bytes:
    """
    Return the object; each payload is copied once.

    Args:
        index: Its blocks are in the order of *payloads*, back to back from FIRST_PAYLOAD_OFFSET.
        payloads: The bytes of each block.
    """
    text = json.dumps(
        {
            "version": VERSION,
            "processes": [_process_object(process) for process in index.processes],
            "streams": [_stream_object(stream) for stream in index.streams],
            "blocks": [_block_object(block) for block in index.blocks],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    return b"".join((MAGIC, *payloads, text, len(text).to_bytes(8, "little"), MAGIC))


def decode_index(segment: bytes) -> SegmentIndex:
    """
    Return the index of a whole segment.

    Raises:
        SegmentCorrupt: It is not one.
    """
    if segment[: len(MAGIC)] != MAGIC:
        raise SegmentCorrupt("byte 0: the magic LIMNOSEG is missing")
    start = _index_start(segment[-_FOOTER_SIZE:], len(segment))
    return _parse(segment[start:-_FOOTER_SIZE], start)


def read_index(objects: ObjectStore, segment: ObjectInfo) -> SegmentIndex:
    """
    Return the index of a stored segment; the payloads are not read.

    Raises:
        SegmentCorrupt: The object is not a segment.
        ObjectMissing: There is no such object.
        StorageUnavailable: The store does not answer.
    """
    size = segment.size
    if size < FIRST_PAYLOAD_OFFSET + _FOOTER_SIZE:
        raise SegmentCorrupt(f"{segment.key}: {size} bytes are too few")
    (footer,) = objects.get_ranges(segment.key, [(size - _FOOTER_SIZE, _FOOTER_SIZE)])
    start = _index_start(footer, size)
    (text,) = objects.get_ranges(segment.key, [(start, size - _FOOTER_SIZE - start)])
    return _parse(text, start)


def _index_start(footer: bytes, size: int) -> int:
    if len(footer) != _FOOTER_SIZE or footer[8:] != MAGIC:
        raise SegmentCorrupt(f"byte {size - len(MAGIC)}: the closing magic is missing")
    start = size - _FOOTER_SIZE - int.from_bytes(footer[:8], "little")
    if start < FIRST_PAYLOAD_OFFSET:
        raise SegmentCorrupt(f"byte {size - _FOOTER_SIZE}: the index is longer than the segment")
    return start


def _parse(text: bytes, start: int) -> SegmentIndex:
    try:
        values = json.loads(text)
        if values["version"] != VERSION:
            raise SegmentCorrupt(f"byte {start}: index version {values['version']} is not known")
        index = SegmentIndex(
            processes=tuple(ProcessRecord(**process) for process in values["processes"]),
            streams=tuple(_stream_record(stream) for stream in values["streams"]),
            blocks=tuple(BlockRecord(**block) for block in values["blocks"]),
        )
    except (ValueError, KeyError, TypeError) as exc:
        raise SegmentCorrupt(f"byte {start}: the index does not parse: {exc!r}") from exc
    _check_places(index.blocks, start)
    return index


def _check_places(blocks: Sequence[BlockRecord], start: int) -> None:
    """Make sure that each payload lies between the magic and the index."""
    for block in blocks:
        end = block.payload_offset + block.payload_size
        if block.payload_offset < FIRST_PAYLOAD_OFFSET or end > start:
            raise SegmentCorrupt(f"byte {start}: block {block.block_id} is not in the segment")


def _process_object(process: ProcessRecord) -> dict[str, object]:
    found = {name: getattr(process, name) for name in ProcessRecord.__slots__}
    return found | {"properties": dict(process.properties)}


def _block_object(block: BlockRecord) -> dict[str, object]:
    return {name: getattr(block, name) for name in BlockRecord.__slots__}


def _stream_object(stream: StreamRecord) -> dict[str, object]:
    return {name: getattr(stream, name) for name in StreamRecord.__slots__} | {
        "properties": dict(stream.properties),
        "dependencies_metadata": base64.b64encode(stream.dependencies_metadata).decode(),
        "objects_metadata": base64.b64encode(stream.objects_metadata).decode(),
    }


def _stream_record(values: Mapping[str, Any]) -> StreamRecord:
    return StreamRecord(
        **{
            **values,
            "tags": tuple(values["tags"]),
            "dependencies_metadata": base64.b64decode(values["dependencies_metadata"]),
            "objects_metadata": base64.b64decode(values["objects_metadata"]),
        }
    )
