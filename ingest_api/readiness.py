"""Whether a request would be stored now: Postgres and the object store both answer."""

import asyncio
import time
from collections.abc import Callable

from psycopg_pool import AsyncConnectionPool

from assets.errors import StorageUnavailable
from assets.storage.layout import EPOCHS_PREFIX
from assets.storage.metadata.session import outages_translated
from assets.storage.objects import ObjectStore
from ingest_api import limits


class Readiness:
    """
    Checks both stores; a success answers for a while, a failure is checked again.

    Args:
        objects: The object store.
        pool: Connections to Postgres.
        clock: Seconds that only move forward.
    """

    def __init__(
        self,
        objects: ObjectStore,
        pool: AsyncConnectionPool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._objects = objects
        self._pool = pool
        self._clock = clock
        self._ready_until = float("-inf")
        self._one_at_a_time = asyncio.Lock()
        self.draining = False

    async def check(self) -> None:
        """
        Return when the receiver can store.

        Raises:
            StorageUnavailable: Names what does not answer, or that the receiver is stopping.
        """
        if self.draining:
            raise StorageUnavailable("the receiver is stopping: use another one")
        async with self._one_at_a_time:
            if self._clock() < self._ready_until:
                return
            try:
                async with asyncio.timeout(limits.READY_CHECK_S_MAX):
                    await self._check_postgres()
                    await asyncio.to_thread(self._check_objects)
            except TimeoutError as exc:
                raise StorageUnavailable(
                    f"the lake did not answer within {limits.READY_CHECK_S_MAX:.0f} s"
                ) from exc
            self._ready_until = self._clock() + limits.READY_CACHE_S

    async def _check_postgres(self) -> None:
        with outages_translated():
            async with self._pool.connection(timeout=limits.READY_CHECK_S_MAX) as conn:
                await conn.execute("SELECT FROM lake")

    def _check_objects(self) -> None:
        if next(iter(self._objects.list(EPOCHS_PREFIX)), None) is None:
            raise StorageUnavailable("the object store does not list the lake's epochs")
