"""The receiver's parts, put together, started and stopped in order."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from assets.storage.lake import s3_options
from assets.storage.metadata.epoch import IS_CURRENT, claim_epoch
from assets.storage.metadata.migrate import check_migrated
from assets.storage.metadata.partitions import ensure_partitions
from assets.storage.metadata.session import outages_translated, prepare, prepare_async
from assets.storage.objects import ObjectStore, open_store, probe
from assets.storage.settings import LakeSettings
from ingest_api import limits
from ingest_api.group_commit import GroupCommit
from ingest_api.in_flight import InFlight
from ingest_api.metrics import Metrics
from ingest_api.readiness import Readiness
from ingest_api.segment_writer import SegmentWriter
from ingest_api.settings import IngestSettings
from ingest_api.sweep import sweep_forever

logger = logging.getLogger(__name__)


class Receiver:
    """
    Everything that a route needs.

    Args:
        settings: The receiver's own.
        lake: Where the lake is.
        objects: The object store, if not the one at ``lake.root_uri``.
    """

    def __init__(
        self, settings: IngestSettings, lake: LakeSettings, objects: ObjectStore | None = None
    ) -> None:
        self.settings = settings
        self._database_url = lake.database_url
        self._objects = objects or open_store(lake.root_uri, s3_options(lake))
        self.in_flight = InFlight(settings.in_flight_bytes_max)
        self.metrics = Metrics(lambda: self.in_flight.bytes)
        pool = AsyncConnectionPool(
            lake.database_url,
            min_size=1,
            max_size=settings.flushes_max + 2,  # one to sweep, one to answer readiness checks
            open=False,
            kwargs={"autocommit": True},
            configure=self._configure,
            timeout=limits.CONNECTION_WAIT_S_MAX,
            name="ingest",
        )
        self._pool = pool
        self._writer = SegmentWriter(self._objects, pool, self.metrics, settings.flushes_max)
        self.groups = GroupCommit(
            self._writer.write,
            segment_bytes=settings.segment_bytes,
            age_s_max=settings.group_age_s_max,
            age_s_min=settings.group_age_s_min,
            flushes_max=settings.flushes_max,
        )
        self.readiness = Readiness(self._objects, pool)
        self._checked = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """
        Check the lake, open the pool, sweep; at the end write what waits and close.

        Raises what ``check_lake`` does.
        """
        if not self._checked:
            await asyncio.to_thread(self.check_lake)
        try:
            with outages_translated():
                await self._pool.open(wait=True, timeout=limits.CONNECTION_WAIT_S_MAX)
            sweeping = asyncio.create_task(
                sweep_forever(self._pool, self.metrics, limits.SWEEP_INTERVAL_S)
            )
            try:
                yield
            finally:
                self.readiness.draining = True
                sweeping.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await sweeping
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.groups.drain(), limits.LAST_FLUSH_S_MAX)
        finally:
            await self._pool.close()
            self._writer.close()

    def check_lake(self) -> None:
        """
        Make sure that the lake is there, migrated, safe to write to and in the right epoch.

        Raises:
            StorageUnavailable: Postgres or the object store does not answer.
            SchemaMismatch: The database is not migrated.
            UnsafeObjectStore: The object store cannot guarantee create-only puts.
        """
        probe(self._objects)
        with (
            outages_translated(),
            psycopg.connect(self._database_url, autocommit=True) as conn,
        ):
            prepare(conn)
            check_migrated(conn)
            claim_epoch(conn, self._objects)
            ensure_partitions(conn)
        self._checked = True

    async def _configure(self, conn: AsyncConnection) -> None:
        """
        Set up a session; the epoch is checked on each, because a promoted standby or a restored
        cluster behind the same address is met by reconnecting.
        """
        await prepare_async(conn)
        row = await (await conn.execute(IS_CURRENT)).fetchone()
        if row is None or not row[0]:
            logger.warning("Postgres is another cluster or timeline than before: a new epoch")
            await asyncio.to_thread(self.check_lake)
