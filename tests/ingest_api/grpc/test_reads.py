"""Turns to read messages: how many at once, and how long while others wait."""

import asyncio

import pytest

from ingest_api.errors import BodyTimeout
from ingest_api.grpc.reads import Reads

FOR_EVER = 3600.0


def test_no_more_messages_arrive_at_once_than_there_are_turns() -> None:
    """
    The others wait, and get their turn when one is done.
    """

    async def main() -> int:
        reads, reading, most = Reads(3, FOR_EVER, FOR_EVER), 0, 0

        async def read() -> None:
            nonlocal reading, most
            async with reads.turn():
                reading += 1
                most = max(most, reading)
                await asyncio.sleep(0)
                reading -= 1

        await asyncio.gather(*(read() for _ in range(20)))
        return most

    assert asyncio.run(main()) == 3


def test_a_stalled_sender_gives_its_turn_to_one_that_waits() -> None:
    """
    As long as nobody waits it keeps it.
    """

    async def main() -> str:
        reads, stalled = Reads(1, FOR_EVER, 0.01), asyncio.Event()

        async def stall() -> None:
            async with reads.turn():
                stalled.set()
                await asyncio.sleep(FOR_EVER)

        stalling = asyncio.create_task(stall())
        await stalled.wait()
        await asyncio.sleep(0.05)
        assert not stalling.done()
        async with reads.turn():
            pass
        with pytest.raises(BodyTimeout, match="did not arrive in time"):
            await stalling
        return "read"

    assert asyncio.run(main()) == "read"


def test_a_turn_and_the_wait_for_one_end_in_time() -> None:
    """
    Both with the error that asks to send again.
    """

    async def main() -> None:
        reads = Reads(1, 0.02, 0.02)
        with pytest.raises(BodyTimeout, match="did not arrive in time"):
            async with reads.turn():
                await asyncio.sleep(FOR_EVER)
        patient = Reads(1, 0.02, FOR_EVER)
        async with patient.turn():
            with pytest.raises(BodyTimeout, match="grpc_reads_max"):
                async with patient.turn():
                    raise AssertionError

    asyncio.run(main())


def test_a_turn_that_fails_or_is_cancelled_is_given_back() -> None:
    """
    Senders that go away do not use turns up.
    """

    async def main() -> None:
        reads = Reads(1, FOR_EVER, FOR_EVER)

        async def fail() -> None:
            async with reads.turn():
                raise ConnectionError

        async def wait() -> None:
            async with reads.turn():
                await asyncio.sleep(FOR_EVER)

        with pytest.raises(ConnectionError):
            await fail()
        tasks = [asyncio.create_task(wait()) for _ in range(2)]
        await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with reads.turn():
            pass

    asyncio.run(main())
