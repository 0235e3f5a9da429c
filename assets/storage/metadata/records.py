"""The rows of the metadata as values: what the wire brings in, and what readers get back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from assets.storage.metadata.audiences import DEFAULT_AUDIENCE


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """
    One run of one program, as on the wire; ids are lower-case hyphenated UUID text.

    Attributes:
        audience: Of the credential that it came with, which the wire does not have.
    """

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
    parent_process_id: str | None
    properties: Mapping[str, str]
    audience: str = DEFAULT_AUDIENCE


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """One stream of a process, as on the wire; it never changes."""

    stream_id: str
    process_id: str
    format: str
    tags: tuple[str, ...]
    properties: Mapping[str, str]
    dependencies_metadata: bytes = b""
    objects_metadata: bytes = b""


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """One block as on the wire, with the place of its payload in the segment (bytes)."""

    block_id: str
    process_id: str
    stream_id: str
    payload_offset: int
    payload_size: int
    begin_time_ns: int
    end_time_ns: int
    begin_ticks: int
    end_ticks: int
    nb_objects: int
    object_offset: int


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """One object that holds the payloads of many blocks; size in bytes."""

    segment_id: UUID
    object_key: str
    size: int


@dataclass(frozen=True, slots=True)
class BlockRef:
    """
    A visible block: what it holds, where its payload is, when and at which position it arrived.

    Attributes:
        object_key: Key of its segment; the payload is ``payload_size`` bytes at
            ``payload_offset`` there.
        begin_time_ns: Unix ns; no event of the block is earlier, and none later than end_time_ns.
        insert_time: Aware UTC datetime; its hour is the block's slice.
        position: epoch * 2^48 + xid of the transaction that made it visible.
    """

    block_id: str
    process_id: str
    stream_id: str
    object_key: str
    payload_offset: int
    payload_size: int
    format: str
    tags: tuple[str, ...]
    begin_time_ns: int
    end_time_ns: int
    begin_ticks: int
    end_ticks: int
    nb_objects: int
    object_offset: int
    insert_time: datetime
    position: int


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """A process as the lake knows it; insert_time is an aware UTC datetime."""

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
    parent_process_id: str | None
    properties: dict[str, str]
    insert_time: datetime
    audience: str = DEFAULT_AUDIENCE


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """A stream as the lake knows it; insert_time is an aware UTC datetime."""

    stream_id: str
    process_id: str
    format: str
    tags: list[str]
    properties: dict[str, str]
    dependencies_metadata: bytes
    objects_metadata: bytes
    insert_time: datetime
