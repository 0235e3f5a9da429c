"""What the receiver does now and then: adopt forgotten orphans, make partitions, forget old ids."""

import asyncio
import logging

from psycopg_pool import AsyncConnectionPool

from assets.storage.metadata.adoption import adopt_all_orphans, orphan_count
from assets.storage.metadata.partitions import ensure_partitions_async
from assets.storage.metadata.repeats import forget_old_repeats
from assets.storage.metadata.replay import forget_old_keys
from assets.storage.metadata.session import OUTAGES
from ingest_api.metrics import Metrics

logger = logging.getLogger(__name__)


async def sweep(pool: AsyncConnectionPool) -> int:
    """Do it once; returns how many orphans are left. Any number of receivers may do it at once."""
    async with pool.connection() as conn:
        await ensure_partitions_async(conn)
        adopted = await adopt_all_orphans(conn)
        if adopted:
            logger.info("adopted %d blocks whose stream or process came after them", adopted)
        await forget_old_keys(conn)
        await forget_old_repeats(conn)
        return await orphan_count(conn)


async def sweep_forever(pool: AsyncConnectionPool, metrics: Metrics, interval_s: float) -> None:
    """Sweep until cancelled; an outage is counted and the next sweep tries again."""
    while True:
        try:
            metrics.swept(await sweep(pool))
        except OUTAGES as exc:
            metrics.swept(None)
            logger.warning("a sweep failed: %s", exc)
        except Exception:
            metrics.swept(None)
            logger.exception("a sweep failed")
        await asyncio.sleep(interval_s)
