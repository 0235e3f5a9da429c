"""ingest_api.group_commit: who is written together, and when."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest

from assets.errors import StorageUnavailable
from assets.storage.metadata.records import ProcessRecord
from ingest_api import limits
from ingest_api.group_commit import GroupCommit, Outcome, Submission

PROCESS = ProcessRecord(str(uuid.uuid4()), "", "", "", "", "", "", 1, 1, 0, None, {})
SMALL = Submission(process=PROCESS, streams=(), blocks=(), payloads=(), size=10)


class SlowStore:
    """Writes groups when it is told to; notes what was in them and how many at a time."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.at_once = 0
        self.at_once_max = 0
        self.go = asyncio.Event()
        self.two_groups = asyncio.Event()

    async def write(self, submissions: Sequence[Submission]) -> list[Outcome | Exception]:
        self.groups.append(len(submissions))
        if len(self.groups) == 2:
            self.two_groups.set()
        self.at_once += 1
        self.at_once_max = max(self.at_once_max, self.at_once)
        await self.go.wait()
        self.at_once -= 1
        return [Outcome(submission.size, 0, 0) for submission in submissions]


def groups_of(store: SlowStore, **changes: float) -> GroupCommit:
    settings = {"segment_bytes": 1_000, "age_s_max": 60.0, "flushes_max": 2} | changes
    return GroupCommit(store.write, **settings)


async def submit_many(groups: GroupCommit, sizes: Sequence[int]) -> list[asyncio.Task[Outcome]]:
    """Submit at the same time; returns when everyone has joined and what is due has started."""
    tasks = [asyncio.create_task(groups.submit(replace(SMALL, size=size))) for size in sizes]
    for _ in range(4):
        await asyncio.sleep(0)
    return tasks


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def test_a_lone_request_is_written_at_once() -> None:
    """
    Nothing else is being written, so waiting for company would only cost time.
    """

    async def test() -> None:
        store = SlowStore()
        store.go.set()
        begin = time.monotonic()
        assert await groups_of(store).submit(SMALL) == Outcome(10, 0, 0)
        assert time.monotonic() - begin < 5
        assert store.groups == [1]

    run(test)


def test_a_lone_request_waits_for_company_where_objects_are_paid_for() -> None:
    """
    Those that come within the least age share one object, though nothing is being written.
    """

    async def test() -> None:
        store = SlowStore()
        store.go.set()
        groups = groups_of(store, age_s_min=0.3)
        tasks = await submit_many(groups, [10])
        assert store.groups == []
        tasks += await submit_many(groups, [10])
        await asyncio.gather(*tasks)
        assert store.groups == [2]

    run(test)


def test_a_full_group_does_not_wait_for_company() -> None:
    """
    The least age costs a busy receiver nothing.
    """

    async def test() -> None:
        store = SlowStore()
        store.go.set()
        groups = groups_of(store, age_s_min=60.0)
        await asyncio.gather(*await submit_many(groups, [500, 500]))

    run(test)


def test_requests_that_come_together_are_written_together() -> None:
    """
    One object, one transaction; each gets its own answer.
    """

    async def test() -> None:
        store = SlowStore()
        store.go.set()
        tasks = await submit_many(groups_of(store), range(1, 6))
        assert [(await task).accepted for task in tasks] == [1, 2, 3, 4, 5]
        assert store.groups == [5]

    run(test)


def test_requests_wait_while_another_group_is_written() -> None:
    """
    They become the next group as soon as that one is done, without waiting for their age.
    """

    async def test() -> None:
        store = SlowStore()
        groups = groups_of(store)
        tasks = await submit_many(groups, [1])
        tasks += await submit_many(groups, [1, 1, 1])
        assert store.groups == [1]
        store.go.set()
        await asyncio.gather(*tasks)
        assert store.groups == [1, 3]

    run(test)


def test_a_full_group_does_not_wait() -> None:
    """
    By bytes, by requests or by blocks.
    """

    async def test() -> None:
        store = SlowStore()
        groups = groups_of(store)
        tasks = await submit_many(groups, [1])
        tasks += await submit_many(groups, [500, 500, 500])
        assert store.groups == [1, 2], "two fill a segment; the third is for the next"
        store.go.set()
        await asyncio.gather(*tasks)
        assert store.groups == [1, 2, 1]

    run(test)


def test_a_group_has_a_bounded_number_of_requests() -> None:
    """
    GROUP_REQUESTS_MAX of them fill a group, however small they are.
    """

    async def test() -> None:
        store = SlowStore()
        store.go.set()
        count = limits.GROUP_REQUESTS_MAX + 5
        groups = groups_of(store, segment_bytes=10**9)
        await asyncio.gather(*await submit_many(groups, [1] * count))
        assert store.groups == [limits.GROUP_REQUESTS_MAX, 5]

    run(test)


def test_a_group_has_a_bounded_number_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    GROUP_BLOCKS_MAX, so that the transaction stays short.
    """
    monkeypatch.setattr(limits, "GROUP_BLOCKS_MAX", 5)

    async def test() -> None:
        store = SlowStore()
        store.go.set()
        groups = groups_of(store)
        submission = replace(SMALL, blocks=(None,) * 2)
        await asyncio.gather(*(groups.submit(submission) for _ in range(5)))
        assert store.groups == [2, 2, 1]

    run(test)


def test_one_request_larger_than_a_segment_is_written_alone() -> None:
    """
    Its own limits were checked before; it is not refused here.
    """

    async def test() -> None:
        store = SlowStore()
        store.go.set()
        await asyncio.gather(*await submit_many(groups_of(store), [5_000, 1]))
        assert store.groups == [1, 1]

    run(test)


def test_the_oldest_request_does_not_wait_longer_than_its_age() -> None:
    """
    Though another group is still being written.
    """

    async def test() -> None:
        store = SlowStore()
        groups = groups_of(store, age_s_max=0.05)
        tasks = await submit_many(groups, [1])
        tasks += await submit_many(groups, [1])
        begin = time.monotonic()
        await store.two_groups.wait()
        assert time.monotonic() - begin >= 0.04
        store.go.set()
        await asyncio.gather(*tasks)

    run(test)


def test_a_bounded_number_of_groups_is_written_at_once() -> None:
    """
    Further requests wait, due or not, and form larger groups.
    """

    async def test() -> None:
        store = SlowStore()
        groups = groups_of(store, age_s_max=0, flushes_max=2)
        tasks = []
        for _ in range(5):
            tasks += await submit_many(groups, [1])
        assert store.groups == [1, 1]
        store.go.set()
        await asyncio.gather(*tasks)
        assert store.groups == [1, 1, 3]
        assert store.at_once_max == 2

    run(test)


def test_an_error_reaches_everyone_in_the_group_and_nobody_else() -> None:
    """
    The next group is tried anew.
    """

    async def test() -> None:
        failing = True

        async def write(submissions: Sequence[Submission]) -> list[Outcome | Exception]:
            if failing:
                raise StorageUnavailable("down")
            return [Outcome(1, 0, 0), *[ValueError("only this one")] * (len(submissions) - 1)]

        groups = GroupCommit(write, segment_bytes=1_000, age_s_max=1, flushes_max=1)
        results = await asyncio.gather(*await submit_many(groups, [1, 1]), return_exceptions=True)
        assert [type(result) for result in results] == [StorageUnavailable] * 2
        failing = False
        results = await asyncio.gather(*await submit_many(groups, [1, 1]), return_exceptions=True)
        assert [type(result) for result in results] == [Outcome, ValueError]

    run(test)


def test_a_request_that_goes_away_takes_nobody_with_it() -> None:
    """
    Whether it leaves while it waits or while its group is being written.
    """

    async def test() -> None:
        store = SlowStore()
        groups = groups_of(store)
        first = await submit_many(groups, [1, 1])
        second = await submit_many(groups, [1, 1])
        first[0].cancel()
        second[0].cancel()
        await asyncio.sleep(0)
        store.go.set()
        assert await first[1] == Outcome(1, 0, 0)
        assert await second[1] == Outcome(1, 0, 0)
        assert store.groups == [2, 2]

    run(test)


def test_draining_writes_what_waits_at_once() -> None:
    """
    A receiver that stops answers everyone it has taken in.
    """

    async def test() -> None:
        store = SlowStore()
        groups = groups_of(store, flushes_max=2)
        tasks = await submit_many(groups, [1])
        tasks += await submit_many(groups, [1, 1])
        asyncio.get_running_loop().call_later(0.05, store.go.set)
        await groups.drain()
        assert [task.done() for task in tasks] == [True] * 3
        assert store.groups == [1, 2]

    run(test)
