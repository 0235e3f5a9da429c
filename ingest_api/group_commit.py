"""
When requests are written: concurrent ones together, a lone one at once.

A group is flushed when it is large enough, when its oldest request has waited long enough, or
when nothing else is being written, unless it is told to wait then too. Then the next group grows
while this one is on its way, so the busier the receiver is, the larger its groups are.

Rule: a request that goes away takes nobody with it; the flush belongs to the group.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from assets.storage.metadata.records import ProcessRecord, StreamRecord
from ingest_api import limits
from limnograph.wire.envelope import Block

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Submission:
    """What one request asks to store; ``payloads[i]`` are the bytes of ``blocks[i]``."""

    process: ProcessRecord
    streams: tuple[StreamRecord, ...]
    blocks: tuple[Block, ...]
    payloads: tuple[memoryview, ...]
    size: int
    """Bytes of all payloads."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of a submission: blocks stored now, and blocks that were known already.

    Attributes:
        events: Events in the blocks stored now.
    """

    accepted: int
    duplicates: int
    events: int


Write = Callable[[Sequence[Submission]], Awaitable[Sequence[Outcome | Exception]]]
"""Stores a group durably; one result per submission, or raises for all of them."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    submission: Submission
    result: asyncio.Future[Outcome]
    since: float


class GroupCommit:
    """
    Collects submissions into groups and hands them to *write*; one event loop uses it.

    Args:
        write: Stores a group.
        segment_bytes: Flush a group of this size.
        age_s_max: Flush a group whose oldest submission has waited this long.
        flushes_max: Groups being written at the same time.
        age_s_min: Let a submission wait so long for others although nothing is being written.
    """

    def __init__(
        self,
        write: Write,
        *,
        segment_bytes: int,
        age_s_max: float,
        flushes_max: int,
        age_s_min: float = limits.GROUP_AGE_S_MIN,
    ) -> None:
        self._write = write
        self._segment_bytes = segment_bytes
        self._age_s_max = max(age_s_min, age_s_max)
        self._age_s_min = age_s_min
        self._flushes_max = flushes_max
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._blocks = 0
        self._flushes: set[asyncio.Task[None]] = set()
        self._wake: asyncio.Handle | None = None
        self._draining = False

    async def submit(self, submission: Submission) -> Outcome:
        """
        Return when the submission is durable.

        Raises:
            StorageUnavailable: It may or may not be stored; sending it again is safe.
        """
        (result,) = self.put([submission])
        return await result

    def put(self, submissions: Sequence[Submission]) -> "list[asyncio.Future[Outcome]]":
        """Begin ``submit`` of each: for who has many submissions, and waits for all of them."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        waiting = [_Waiting(submission, loop.create_future(), now) for submission in submissions]
        self._waiting += waiting
        self._bytes += sum(submission.size for submission in submissions)
        self._blocks += sum(len(submission.blocks) for submission in submissions)
        if waiting:
            self._look_soon()
        return [one.result for one in waiting]

    async def drain(self) -> None:
        """Write everything that waits, at once; returns when it is done."""
        self._draining = True
        self._look()
        while self._flushes:
            await asyncio.wait(self._flushes)

    def _look_soon(self) -> None:
        """Look after the requests that are ready in the same turn of the loop have joined."""
        if self._wake is not None:
            self._wake.cancel()
        self._wake = asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        """Start the flushes that are due; come back when the next one is."""
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        loop = asyncio.get_running_loop()
        while self._waiting and len(self._flushes) < self._flushes_max:
            due_in_s = self._due_in(loop.time())
            if due_in_s > 0:
                self._wake = loop.call_later(due_in_s, self._look)
                return
            flush = loop.create_task(self._flush(self._take()))
            self._flushes.add(flush)
            flush.add_done_callback(self._finished)

    def _due_in(self, now: float) -> float:
        full = (
            self._bytes >= self._segment_bytes
            or len(self._waiting) >= limits.GROUP_REQUESTS_MAX
            or self._blocks >= limits.GROUP_BLOCKS_MAX
        )
        if full or self._draining:
            return 0.0
        wait_s = self._age_s_max if self._flushes else self._age_s_min
        return self._waiting[0].since + wait_s - now if wait_s else 0.0

    def _take(self) -> list[_Waiting]:
        """Take the oldest submissions, up to a full group; at least one."""
        group: list[_Waiting] = []
        size = blocks = 0
        while self._waiting and len(group) < limits.GROUP_REQUESTS_MAX:
            submission = self._waiting[0].submission
            size += submission.size
            blocks += len(submission.blocks)
            over = size > self._segment_bytes or blocks > limits.GROUP_BLOCKS_MAX
            if group and over:
                break
            self._bytes -= submission.size
            self._blocks -= len(submission.blocks)
            group.append(self._waiting.popleft())
        return group

    async def _flush(self, group: list[_Waiting]) -> None:
        # A sender that is gone gets no answer, but its blocks are worth storing all the same.
        results: Sequence[Outcome | Exception]
        try:
            results = await self._write([waiting.submission for waiting in group])
        except Exception as exc:
            logger.warning("a group of %d requests was not stored: %s", len(group), exc)
            results = [exc] * len(group)
        for waiting, result in zip(group, results, strict=True):
            if waiting.result.done():
                continue
            if isinstance(result, Exception):
                waiting.result.set_exception(result)
            else:
                waiting.result.set_result(result)

    def _finished(self, flush: asyncio.Task[None]) -> None:
        self._flushes.discard(flush)
        self._look()
