"""
Bulk ingest: whole tables of processes, streams, blocks and payloads, stored as the receiver would.

A block comes in two calls, its row and its payload, in either order. The first half waits unseen
(see ``metadata/staging``); whoever brings the second half makes the block: its payload goes into a
segment like any other, and its row into ``blocks``, in one transaction for all blocks of the call.

Rules that must hold here:
- An object is written before the row that names it, and deleted after the last row that does.
- Both calls look for whole blocks after their own half is committed, so two that run side by side
  cannot miss each other; if both find a block, the second one's changes nothing.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from psycopg import AsyncConnection

from assets.errors import ObjectMissing, StorageUnavailable
from assets.storage.lake import CONNECT_TIMEOUT_S, Lake
from assets.storage.layout import STAGED_PREFIX, staged_key
from assets.storage.limits import BULK_COMMIT_S_MAX, BULK_SEGMENT_BYTES, STAGED_OBJECT_BYTES
from assets.storage.metadata.commit import Part, commit_parts
from assets.storage.metadata.epoch import claim_epoch
from assets.storage.metadata.limits import STAGED_KEEP
from assets.storage.metadata.records import ProcessRecord, StreamRecord
from assets.storage.metadata.session import outages_translated, prepare_async
from assets.storage.metadata.staging import (
    BlockHalf,
    PayloadHalf,
    WholeBlock,
    forget_staged,
    objects_in_use,
    stage_blocks,
    stage_payloads,
    whole_blocks,
)
from assets.storage.segment import FIRST_PAYLOAD_OFFSET
from assets.storage.segment_put import known_index, put_segment, uuid7

_ATTEMPTS = 3

T = TypeVar("T")
R = TypeVar("R", ProcessRecord, StreamRecord)


@dataclass(frozen=True, slots=True)
class Payload:
    """The bytes of a block, and whose they are; ids are UUID text."""

    block_id: str
    process_id: str
    stream_id: str
    data: memoryview


class BulkStore:
    """
    Adds rows to a lake. Each method is all or nothing, and repeating it changes nothing.

    Args:
        lake: Where to.
        now: Unix ns; names objects.

    Every method raises StorageUnavailable when Postgres or the object store does not answer.
    """

    def __init__(self, lake: Lake, now: Callable[[], int] = time.time_ns) -> None:
        self._lake, self._now = lake, now

    def add_processes(self, processes: Sequence[ProcessRecord]) -> None:
        """Add processes; those that are known stay as they are."""
        self._commit([], processes=processes)

    def add_streams(self, streams: Sequence[StreamRecord]) -> None:
        """Add streams; those that are known stay as they are."""
        self._commit([], streams=streams)

    def add_blocks(self, halves: Sequence[BlockHalf]) -> int:
        """
        Add rows of blocks; returns how many blocks became visible.

        Raises:
            CallerError, LimitExceeded: As `stage_blocks`.
        """
        with self._lake.connection() as conn:
            stage_blocks(conn, halves)
        return self._make_whole([half.block_id for half in halves])

    def add_payloads(self, payloads: Sequence[Payload]) -> int:
        """
        Add payloads of blocks; returns how many blocks became visible.

        Raises:
            CallerError, LimitExceeded: As `stage_payloads`.
        """
        halves = [half for group in _groups(payloads) for half in self._put(group)]
        keys = {half.object_key for half in halves}
        try:
            with self._lake.connection() as conn:
                stage_payloads(conn, halves)
        except BaseException:
            self._lake.objects.delete(sorted(keys))
            raise
        made = self._make_whole([payload.block_id for payload in payloads])
        self._delete_unused(keys)
        return made

    def forget_waiting(self) -> int:
        """Forget halves whose other half never came; returns how many there were."""
        with self._lake.connection() as conn:
            forgotten = forget_staged(conn, STAGED_KEEP)
        before = uuid7(self._now() - int(STAGED_KEEP.total_seconds() * 1e9)).int >> 80
        old = {
            info.key
            for info in self._lake.objects.list(STAGED_PREFIX)
            if UUID(info.key.removeprefix(STAGED_PREFIX)).int >> 80 < before
        }
        self._delete_unused(old)
        return forgotten

    def _put(self, payloads: Sequence[Payload]) -> list[PayloadHalf]:
        """Write payloads into one object that waits."""
        key = staged_key(uuid7(self._now()))
        self._lake.objects.put_new(key, b"".join(payload.data for payload in payloads))
        halves, offset = [], 0
        for payload in payloads:
            ids = (payload.block_id, payload.process_id, payload.stream_id)
            halves.append(PayloadHalf(*ids, key, offset, len(payload.data)))
            offset += len(payload.data)
        return halves

    def _make_whole(self, block_ids: Sequence[str]) -> int:
        """Make visible what has both halves; returns how many blocks that were not known."""
        for attempt in range(_ATTEMPTS):
            with self._lake.connection() as conn:
                found = whole_blocks(conn, block_ids)
            if not found:
                break
            try:
                parts = [self._segment(group) for group in _segments(found)]
            except ObjectMissing:
                # Another call has made these blocks, and then deleted what they waited in.
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            made = self._commit(parts, unstage=[whole.block.block_id for whole in found])
            self._delete_unused({whole.object_key for whole in found})
            return made
        return 0

    def _segment(self, found: Sequence[WholeBlock]) -> Part:
        """Write a segment of blocks, with what is known of their streams and processes."""
        blocks, offset = [], FIRST_PAYLOAD_OFFSET
        for whole in found:
            blocks.append(replace(whole.block, payload_offset=offset))
            offset += whole.block.payload_size
        with self._lake.connection() as conn:
            index = known_index(conn, blocks)
        segment = put_segment(self._lake.objects, index, self._payloads(found), self._now())
        return Part(segment, blocks)

    def _payloads(self, found: Sequence[WholeBlock]) -> list[bytes]:
        """Return the payloads, in this order."""
        by_key: dict[str, list[int]] = {}
        for at, whole in enumerate(found):
            by_key.setdefault(whole.object_key, []).append(at)
        read: dict[int, bytes] = {}
        for key, places in by_key.items():
            blocks = [found[at].block for at in places]
            ranges = [(block.payload_offset, block.payload_size) for block in blocks]
            read.update(zip(places, self._lake.objects.get_ranges(key, ranges), strict=True))
        return [read[at] for at in range(len(found))]

    def _delete_unused(self, keys: set[str]) -> None:
        with self._lake.connection() as conn:
            used = objects_in_use(conn, keys)
        self._lake.objects.delete(sorted(keys - used))

    def _commit(
        self,
        parts: Sequence[Part],
        *,
        processes: Sequence[ProcessRecord] = (),
        streams: Sequence[StreamRecord] = (),
        unstage: Sequence[str] = (),
    ) -> int:
        """Store in one transaction, as the receiver does; returns how many blocks were new."""
        with self._lake.connection() as conn:
            claim_epoch(conn, self._lake.objects)
        conninfo = self._lake.pool.conninfo
        assert isinstance(conninfo, str), "open_lake makes the pool from a URL"

        async def commit() -> int:
            async with (
                asyncio.timeout(BULK_COMMIT_S_MAX),
                await AsyncConnection.connect(
                    conninfo, autocommit=True, connect_timeout=int(CONNECT_TIMEOUT_S)
                ) as conn,
            ):
                await prepare_async(conn)
                return len(await commit_parts(conn, parts, processes, streams, unstage))

        try:
            with outages_translated():
                return asyncio.run(commit())
        except TimeoutError as exc:
            raise StorageUnavailable(
                f"Postgres did not commit within {BULK_COMMIT_S_MAX:.0f} s"
            ) from exc


def _groups(payloads: Sequence[Payload]) -> Iterator[Sequence[Payload]]:
    """Yield the payloads of each staged object."""
    return _split(payloads, [len(payload.data) for payload in payloads], STAGED_OBJECT_BYTES)


def _segments(found: Sequence[WholeBlock]) -> Iterator[Sequence[WholeBlock]]:
    """Yield the blocks of each segment."""
    return _split(found, [whole.block.payload_size for whole in found], BULK_SEGMENT_BYTES)


def _split(items: Sequence[T], sizes: Sequence[int], size_max: int) -> Iterator[Sequence[T]]:
    """Yield items in groups of at most *size_max*, or of one that is larger alone."""
    start = total = 0
    for at, size in enumerate(sizes):
        if at > start and total + size > size_max:
            yield items[start:at]
            start, total = at, 0
        total += size
    if start < len(items):
        yield items[start:]
