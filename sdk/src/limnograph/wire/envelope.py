"""
The request envelope: one HTTP body with a process, its streams and blocks (format section 1).

Rule: payloads are opaque here; a receiver can check a whole request without decompressing one.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from limnograph.wire import limits
from limnograph.wire.checked import INT64_MAX, Fields, json_object
from limnograph.wire.errors import FormatError, LimitError

MAGIC = b"LIMNOREQ"
CONTENT_TYPE = "application/vnd.limnograph.v1"
BLOCK_FORMAT = "limnograph/v1"

_HEADER_AT = len(MAGIC) + 4
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PROPERTY_LIMITS = (
    ("PROPERTIES_MAX", limits.PROPERTIES_MAX),
    ("TEXT_CHARS_MAX", limits.TEXT_CHARS_MAX),
    ("PROPERTY_CHARS_MAX", limits.PROPERTY_CHARS_MAX),
)
_INT32_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One run of one program. Times are Unix ns, ticks those of the process's clock."""

    process_id: str
    exe: str
    username: str
    realname: str
    computer: str
    distro: str
    cpu_brand: str
    tsc_frequency: int
    start_time_ns: int
    start_ticks: int
    parent_process_id: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A sequence of blocks of one kind from one process."""

    stream_id: str
    process_id: str
    format: str
    tags: tuple[str, ...]
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What a receiver needs to know of a block; its bytes are ``payload_size`` of the body."""

    block_id: str
    stream_id: str
    process_id: str
    begin_time_ns: int
    end_time_ns: int
    begin_ticks: int
    end_ticks: int
    nb_objects: int
    object_offset: int
    payload_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A parsed body; ``payloads[i]`` is a view into the body, of ``blocks[i]``."""

    process: Process
    streams: tuple[Stream, ...]
    blocks: tuple[Block, ...]
    payloads: tuple[memoryview, ...]


def encode_request(
    process: Process, streams: Sequence[Stream], blocks: Sequence[tuple[Block, bytes]]
) -> bytes:
    """Return the body; each block's ``payload_size`` must be the length of its payload."""
    for block, payload in blocks:
        assert block.payload_size == len(payload), f"block {block.block_id}: wrong payload_size"
    header = {
        "process": asdict(process),
        "streams": [asdict(stream) for stream in streams],
        "blocks": [asdict(block) for block, _ in blocks],
    }
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    size = len(text).to_bytes(4, "little")
    return b"".join((MAGIC, size, text, *(payload for _, payload in blocks)))


def parse_request(body: bytes | memoryview) -> Request:
    """
    Return the checked request in *body* (already without its Content-Encoding).

    Raises:
        FormatError: The body breaks a rule of the format; names the byte and the field.
        LimitError: The body is over a limit of ``wire/limits.py``.
    """
    view = memoryview(body).cast("B")
    if bytes(view[: len(MAGIC)]) != MAGIC:
        raise FormatError("the magic LIMNOREQ is missing", 0)
    if len(view) < _HEADER_AT:
        raise FormatError("the header's length is cut off", len(view))
    size = int.from_bytes(view[len(MAGIC) : _HEADER_AT], "little")
    if size > limits.REQUEST_HEADER_BYTES_MAX:
        limit = limits.REQUEST_HEADER_BYTES_MAX
        raise LimitError("REQUEST_HEADER_BYTES_MAX", limit, size, len(MAGIC))
    if _HEADER_AT + size > len(view):
        raise FormatError(f"the header of {size} bytes is cut off", len(view))
    header = Fields(
        json_object(view[_HEADER_AT : _HEADER_AT + size], _HEADER_AT, "the header"),
        "header",
        _HEADER_AT,
    )
    process = _process(Fields(header.values.get("process"), "process", _HEADER_AT))
    streams = tuple(
        _stream(Fields(item, f"streams[{at}]", _HEADER_AT), process.process_id)
        for at, item in enumerate(
            header.items("streams", limits.REQUEST_STREAMS_MAX, "REQUEST_STREAMS_MAX")
        )
    )
    blocks = tuple(
        _block(Fields(item, f"blocks[{at}]", _HEADER_AT), process.process_id)
        for at, item in enumerate(
            header.items("blocks", limits.REQUEST_BLOCKS_MAX, "REQUEST_BLOCKS_MAX")
        )
    )
    payloads = _payloads(view, _HEADER_AT + size, blocks)
    return Request(process=process, streams=streams, blocks=blocks, payloads=payloads)


def _payloads(view: memoryview, at: int, blocks: Sequence[Block]) -> tuple[memoryview, ...]:
    found = []
    for block in blocks:
        end = at + block.payload_size
        if end > len(view):
            missing = end - len(view)
            raise FormatError(f"block {block.block_id} misses {missing} payload bytes", len(view))
        found.append(view[at:end])
        at = end
    if at != len(view):
        raise FormatError(f"{len(view) - at} bytes after the last payload", at)
    return tuple(found)


def _process(fields: Fields) -> Process:
    parent = fields.values.get("parent_process_id")
    return Process(
        process_id=_uuid(fields, "process_id"),
        exe=_short(fields, "exe"),
        username=_short(fields, "username"),
        realname=_short(fields, "realname"),
        computer=_short(fields, "computer"),
        distro=_short(fields, "distro"),
        cpu_brand=_short(fields, "cpu_brand"),
        tsc_frequency=fields.integer("tsc_frequency", 0),
        start_time_ns=fields.integer("start_time_ns", 0),
        start_ticks=fields.integer("start_ticks"),
        parent_process_id=None if parent is None else _uuid(fields, "parent_process_id"),
        properties=fields.texts("properties", _PROPERTY_LIMITS),
    )


def _stream(fields: Fields, process_id: str) -> Stream:
    tags = fields.items("tags", limits.TAGS_MAX, "TAGS_MAX")
    one_by_one = Fields({str(at): tag for at, tag in enumerate(tags)}, fields.path, fields.offset)
    return Stream(
        stream_id=_uuid(fields, "stream_id"),
        process_id=_of_process(fields, process_id),
        format=_short(fields, "format"),
        tags=tuple(_short(one_by_one, key) for key in one_by_one.values),
        properties=fields.texts("properties", _PROPERTY_LIMITS),
    )


def _block(fields: Fields, process_id: str) -> Block:
    begin_time_ns = fields.integer("begin_time_ns", 0)
    begin_ticks = fields.integer("begin_ticks")
    return Block(
        block_id=_uuid(fields, "block_id"),
        stream_id=_uuid(fields, "stream_id"),
        process_id=_of_process(fields, process_id),
        begin_time_ns=begin_time_ns,
        end_time_ns=fields.integer("end_time_ns", begin_time_ns),
        begin_ticks=begin_ticks,
        end_ticks=fields.integer("end_ticks", begin_ticks),
        nb_objects=fields.integer("nb_objects", 0, min(limits.BLOCK_ROWS_MAX, _INT32_MAX)),
        object_offset=fields.integer("object_offset", 0),
        payload_size=fields.integer("payload_size", 1, INT64_MAX),
    )


def _short(fields: Fields, key: str) -> str:
    return fields.text(key, limits.TEXT_CHARS_MAX, "TEXT_CHARS_MAX")


def _uuid(fields: Fields, key: str) -> str:
    value = _short(fields, key)
    if not _UUID.fullmatch(value):
        raise fields.wrong(key, "is not a UUID in lower-case hyphenated text")
    return value


def _of_process(fields: Fields, process_id: str) -> str:
    if _uuid(fields, "process_id") != process_id:
        raise fields.wrong("process_id", "is not that of the request's process")
    return process_id
