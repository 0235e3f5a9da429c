"""The replay window: how long a block id is remembered, and what forgets it afterwards."""

from psycopg import AsyncConnection

from assets.storage.metadata.limits import KEYS_FORGOTTEN_PER_CALL_MAX, REPLAY_WINDOW


async def forget_old_keys(conn: AsyncConnection) -> int:
    """
    Forget block ids older than the replay window; returns how many, at most a limit per call.

    Rows that another session holds are left for later, so this never waits and never deadlocks.
    """
    deleted = await conn.execute(
        """
        DELETE FROM block_keys WHERE block_id IN (
            SELECT block_id FROM block_keys WHERE insert_time < clock_timestamp() - %s
            LIMIT %s FOR UPDATE SKIP LOCKED
        )
        """,
        (REPLAY_WINDOW, KEYS_FORGOTTEN_PER_CALL_MAX),
    )
    return deleted.rowcount
