"""
Whose message arrives now: a bounded number, and nobody for long while others wait.

Rule: a message that arrives is in the library's memory, whose growth we cannot see; so their
number is the bound. A sender that stalls must not keep its turn from those that do not.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ingest_api import limits
from ingest_api.errors import BodyTimeout


class Reads:
    """
    Turns to read; one event loop uses it.

    Args:
        turns_max: Turns at the same time.
        read_s_max: A turn ends after this time, and so does the wait for one.
        fair_s_max: It ends after this time already while others wait.
    """

    def __init__(
        self,
        turns_max: int = limits.GRPC_READS_MAX,
        read_s_max: float = limits.BODY_READ_S_MAX,
        fair_s_max: float = limits.GRPC_FAIR_READ_S_MAX,
    ) -> None:
        self._turns = asyncio.Semaphore(turns_max)
        self._read_s_max, self._fair_s_max = read_s_max, fair_s_max
        self._waiting = 0
        self._reading: dict[asyncio.Timeout, float] = {}

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """
        Wait for a turn, which lasts until the end of the block.

        Raises:
            BodyTimeout: There was none in time, or the block took too long.
        """
        try:
            async with asyncio.timeout(self._read_s_max):
                await self._wait()
        except TimeoutError as exc:
            raise BodyTimeout(
                f"too many messages arrive at once (grpc_reads_max = {limits.GRPC_READS_MAX}):"
                " send it again"
            ) from exc
        try:
            now = asyncio.get_running_loop().time()
            async with asyncio.timeout_at(now + self._seconds()) as timeout:
                self._reading[timeout] = now
                try:
                    yield
                finally:
                    del self._reading[timeout]
        except TimeoutError as exc:
            raise BodyTimeout("the message did not arrive in time: send it again") from exc
        finally:
            self._turns.release()

    async def _wait(self) -> None:
        """Wait for a turn; those that read are given less time meanwhile."""
        self._waiting += 1
        try:
            if self._turns.locked():
                for timeout, since in self._reading.items():
                    timeout.reschedule(since + self._fair_s_max)
            await self._turns.acquire()
        finally:
            self._waiting -= 1

    def _seconds(self) -> float:
        return self._fair_s_max if self._waiting else self._read_s_max
