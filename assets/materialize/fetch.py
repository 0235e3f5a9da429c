"""
Payloads of blocks from their segments, in few requests and bounded memory.

Rule: a payload that is not there is a fault of storage and stops the caller. It was acknowledged,
so leaving it out would be a silent loss; only its bytes being wrong is a matter for quarantine.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

from assets.errors import ObjectMissing
from assets.materialize.limits import (
    FETCH_BYTES_MAX,
    FETCH_GAP_BYTES_MAX,
    FETCH_RANGE_BYTES_MAX,
    FETCH_THREADS_MAX,
)
from assets.storage.metadata.records import BlockRef
from assets.storage.objects import ObjectStore


class PayloadMissing(ObjectMissing):
    """
    The store has no such segment, or a shorter one than its blocks need.

    Attributes:
        object_key: The segment.
        blocks: The blocks that were wanted from it.
    """

    code = "payload_missing"

    def __init__(self, object_key: str, blocks: Sequence[BlockRef]) -> None:
        super().__init__(
            f"{len(blocks)} acknowledged blocks cannot be read: segment {object_key} is missing or "
            "too short; bring the object back (no data is dropped meanwhile)"
        )
        self.object_key, self.blocks = object_key, tuple(blocks)


@dataclass(frozen=True, slots=True)
class Read:
    """One range of one segment and the blocks that lie in it."""

    object_key: str
    offset: int
    length: int
    blocks: tuple[BlockRef, ...]


def reads_of(blocks: Iterable[BlockRef]) -> list[Read]:
    """Return the ranges to read for these blocks: neighbours in a segment share one."""
    reads: list[Read] = []
    for key, group in groupby(sorted(blocks, key=_place), key=lambda block: block.object_key):
        offset = end = 0
        joined: list[BlockRef] = []
        for block in group:
            block_end = block.payload_offset + block.payload_size
            apart = block.payload_offset - end > FETCH_GAP_BYTES_MAX
            if joined and (apart or block_end - offset > FETCH_RANGE_BYTES_MAX):
                reads.append(Read(key, offset, end - offset, tuple(joined)))
                joined = []
            if not joined:
                offset, end = block.payload_offset, block_end
            joined.append(block)
            end = max(end, block_end)
        reads.append(Read(key, offset, end - offset, tuple(joined)))
    return reads


def payloads(
    store: ObjectStore, blocks: Iterable[BlockRef]
) -> Iterator[tuple[BlockRef, memoryview]]:
    """
    Yield each block with its payload, segment by segment.

    Raises:
        PayloadMissing: A segment is not there or too short.
        StorageUnavailable: The store did not answer.
    """
    for wave in _waves(reads_of(blocks)):
        by_object = [list(group) for _, group in groupby(wave, key=lambda read: read.object_key)]
        if len(by_object) == 1:
            yield from _fetched(store, by_object[0])
            continue
        with ThreadPoolExecutor(min(FETCH_THREADS_MAX, len(by_object))) as threads:
            for found in threads.map(lambda reads: list(_fetched(store, reads)), by_object):
                yield from found


def _place(block: BlockRef) -> tuple[str, int]:
    return (block.object_key, block.payload_offset)


def _waves(reads: Iterable[Read]) -> Iterator[list[Read]]:
    """Group reads so that one group's bytes may be held at once."""
    wave: list[Read] = []
    size = 0
    for read in reads:
        if wave and size + read.length > FETCH_BYTES_MAX:
            yield wave
            wave, size = [], 0
        wave.append(read)
        size += read.length
    if wave:
        yield wave


def _fetched(store: ObjectStore, reads: Sequence[Read]) -> Iterator[tuple[BlockRef, memoryview]]:
    """Read ranges of one object in one request each."""
    key = reads[0].object_key
    wanted = [block for read in reads for block in read.blocks]
    try:
        parts = store.get_ranges(key, [(read.offset, read.length) for read in reads])
    except ObjectMissing as exc:
        raise PayloadMissing(key, wanted) from exc
    for read, part in zip(reads, parts, strict=True):
        view = memoryview(part)
        for block in read.blocks:
            start = block.payload_offset - read.offset
            yield block, view[start : start + block.payload_size]
