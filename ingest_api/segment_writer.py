"""
Storing one group: its segment object first, then its rows in one transaction.

Rule: an answer may be sent only after both. An object without rows is waste that nobody sees;
rows without an object would be lost data.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from psycopg_pool import AsyncConnectionPool

from assets.errors import LakeError, StorageUnavailable
from assets.storage.metadata.audiences import OtherAudience
from assets.storage.metadata.commit import commit_batch
from assets.storage.metadata.records import (
    BlockRecord,
    ProcessRecord,
    SegmentRecord,
    StreamRecord,
)
from assets.storage.metadata.repeats import Repeat, add_repeats
from assets.storage.metadata.session import outages_translated
from assets.storage.objects import ObjectStore
from assets.storage.segment import FIRST_PAYLOAD_OFFSET, SegmentIndex
from assets.storage.segment_put import put_segment
from ingest_api import limits
from ingest_api.group_commit import Outcome, Submission
from ingest_api.metrics import Metrics

logger = logging.getLogger(__name__)

NATIVE_FORMAT = "limnograph/v1"
"""What blocks are whose streams were told by an earlier request: every other door tells them."""


@dataclass(frozen=True, slots=True)
class _Group:
    """The union of some submissions; ids are unique, the first arrival of each is kept."""

    processes: dict[str, ProcessRecord]
    streams: dict[str, StreamRecord]
    blocks: dict[str, BlockRecord]
    payloads: list[memoryview]


class SegmentWriter:
    """
    Writes groups of submissions.

    Args:
        objects: Where segments go; its blocking calls run in threads of ours.
        pool: Connections in autocommit mode, prepared for writing.
        metrics: Told of every group that was stored.
        flushes_max: Groups at the same time: as many threads.
        now: Unix ns; names the segment and its folder.
    """

    def __init__(
        self,
        objects: ObjectStore,
        pool: AsyncConnectionPool,
        metrics: Metrics,
        flushes_max: int,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._objects = objects
        self._pool = pool
        self._metrics = metrics
        self._now = now
        self._threads = ThreadPoolExecutor(flushes_max, "segment")

    def close(self) -> None:
        """End the threads; one that hangs in the object store is left behind."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def write(self, submissions: Sequence[Submission]) -> list[Outcome | Exception]:
        """
        Store a group; returns what became of each submission, in order.

        What is of different audiences goes into different segments: a process that two of them
        claim is whose it was first, and the other one's blocks are refused alone.

        Raises:
            StorageUnavailable: Nothing of it is known to be stored.
        """
        places: dict[str, list[int]] = {}
        for place, submission in enumerate(submissions):
            places.setdefault(submission.process.audience, []).append(place)
        if len(places) == 1:
            return await self._write(submissions)
        results: list[Outcome | Exception] = [StorageUnavailable("not stored")] * len(submissions)
        for some in places.values():
            try:
                found = await self._write([submissions[place] for place in some])
            except LakeError as exc:
                found = [exc] * len(some)
            for place, result in zip(some, found, strict=True):
                results[place] = result
        return results

    async def _write(self, submissions: Sequence[Submission]) -> list[Outcome | Exception]:
        """Do so for submissions of one audience."""
        begin = time.perf_counter()
        group = _merge(submissions)
        segment = None
        if group.blocks:
            segment = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._put, group
            )
        results: list[Outcome | Exception]
        try:
            new = await self._commit(segment, group)
            results = list(_outcomes(submissions, new))
            await self._note_repeats(submissions, new)
        except OtherAudience:
            results = [await self._commit_alone(segment, group, one) for one in submissions]
        except LakeError:
            raise
        except Exception:
            if len(submissions) == 1:
                raise
            logger.exception("a group of %d requests failed; trying each alone", len(submissions))
            results = [await self._commit_alone(segment, group, one) for one in submissions]
        seconds = time.perf_counter() - begin
        self._metrics.group_stored(segment.size if segment else 0, len(group.blocks), seconds)
        return results

    def _put(self, group: _Group) -> SegmentRecord:
        """Write the segment's object; runs in a thread."""
        index = SegmentIndex(
            tuple(group.processes.values()),
            tuple(group.streams.values()),
            tuple(group.blocks.values()),
        )
        return put_segment(self._objects, index, group.payloads, self._now())

    async def _commit(self, segment: SegmentRecord | None, group: _Group) -> frozenset[str]:
        try:
            async with asyncio.timeout(limits.COMMIT_S_MAX):
                with outages_translated():
                    async with self._pool.connection() as conn:
                        return await commit_batch(
                            conn,
                            segment,
                            list(group.processes.values()),
                            list(group.streams.values()),
                            list(group.blocks.values()),
                            audience=next(iter(group.processes.values())).audience,
                        )
        except TimeoutError as exc:
            raise StorageUnavailable(
                f"Postgres did not commit within {limits.COMMIT_S_MAX:.0f} s"
            ) from exc

    async def _note_repeats(self, submissions: Sequence[Submission], new: frozenset[str]) -> None:
        """Count the deliveries that were merged; what was stored is durable whether it works."""
        found = _repeats(submissions, new)
        formats = {s.stream_id: s.format for one in submissions for s in one.streams}
        for one in found:
            wire_format = formats.get(one.stream_id, NATIVE_FORMAT)
            self._metrics.repeated(wire_format, one.repeats, one.repeats * one.nb_objects)
        if not found:
            return
        try:
            async with asyncio.timeout(limits.COMMIT_S_MAX), self._pool.connection() as conn:
                await add_repeats(conn, found)
        except Exception:
            logger.warning("%d repeated blocks were not noted", len(found), exc_info=True)

    async def _commit_alone(
        self, segment: SegmentRecord | None, group: _Group, submission: Submission
    ) -> Outcome | Exception:
        """Store one submission of a group that failed as a whole, so that one spoils no other."""
        alone = _merge([submission])
        alone.blocks.update({block_id: group.blocks[block_id] for block_id in alone.blocks})
        try:
            new = await self._commit(segment, alone)
        except OtherAudience as exc:
            return exc
        except Exception as exc:
            logger.exception("a request could not be stored")
            return exc
        return next(_outcomes([submission], new))


def _merge(submissions: Sequence[Submission]) -> _Group:
    """Return the union, with each payload's place in the segment."""
    group = _Group({}, {}, {}, [])
    offset = FIRST_PAYLOAD_OFFSET
    for submission in submissions:
        group.processes.setdefault(submission.process.process_id, submission.process)
        for stream in submission.streams:
            group.streams.setdefault(stream.stream_id, stream)
        for block, payload in zip(submission.blocks, submission.payloads, strict=True):
            if block.block_id in group.blocks:
                continue
            group.blocks[block.block_id] = BlockRecord(
                block_id=block.block_id,
                process_id=block.process_id,
                stream_id=block.stream_id,
                payload_offset=offset,
                payload_size=block.payload_size,
                begin_time_ns=block.begin_time_ns,
                end_time_ns=block.end_time_ns,
                begin_ticks=block.begin_ticks,
                end_ticks=block.end_ticks,
                nb_objects=block.nb_objects,
                object_offset=block.object_offset,
            )
            group.payloads.append(payload)
            offset += block.payload_size
    return group


def _repeats(submissions: Sequence[Submission], new: frozenset[str]) -> list[Repeat]:
    """Return the blocks that were delivered more often than they were stored."""
    blocks = {b.block_id: b for one in submissions for b in one.blocks}
    deliveries = Counter(b.block_id for one in submissions for b in one.blocks)
    deliveries.subtract(new)
    return [
        Repeat(block_id, block.process_id, block.stream_id, block.nb_objects, deliveries[block_id])
        for block_id, block in blocks.items()
        if deliveries[block_id] > 0
    ]


def _outcomes(submissions: Sequence[Submission], new: frozenset[str]) -> Iterator[Outcome]:
    """Yield each submission's outcome; a block counts as accepted where it stood first."""
    unclaimed = set(new)
    for submission in submissions:
        events = {
            block.block_id: block.nb_objects
            for block in reversed(submission.blocks)
            if block.block_id in unclaimed
        }
        unclaimed.difference_update(events)
        yield Outcome(
            accepted=len(events),
            duplicates=len(submission.blocks) - len(events),
            events=sum(events.values()),
        )
