"""Deliveries that were merged: added up, and forgotten in time."""

import asyncio
import uuid

import pytest
from psycopg import AsyncConnection

from assets.storage.metadata.repeats import Repeat, add_repeats, forget_old_repeats


def repeat(number: int, repeats: int) -> Repeat:
    """Return a block that came again."""
    ids = [str(uuid.UUID(int=number + at)) for at in (0, 100, 200)]
    return Repeat(ids[0], ids[1], ids[2], 5, repeats)


@pytest.mark.parametrize("sessions", [1, 4])
def test_repeats_add_up_and_old_ones_go(database_url: str, sessions: int) -> None:
    """
    However many sessions note the same blocks at once; a month without another one forgets it.
    """

    async def note(conn: AsyncConnection, order: int) -> None:
        every = [repeat(1, 1), repeat(2, 2)]
        await add_repeats(conn, every[::order])

    async def check() -> None:
        conns = [
            await AsyncConnection.connect(database_url, autocommit=True) for _ in range(sessions)
        ]
        for _ in range(5):
            await asyncio.gather(*(note(c, (-1) ** at) for at, c in enumerate(conns)))
        rows = await (
            await conns[0].execute("SELECT repeats FROM repeated_blocks ORDER BY block_id")
        ).fetchall()
        assert rows == [(5 * sessions,), (10 * sessions,)]
        assert await forget_old_repeats(conns[0]) == 0
        await conns[0].execute(
            "UPDATE repeated_blocks SET last_seen = last_seen - interval '31 days'"
            " WHERE repeats = %s",
            (5 * sessions,),
        )
        assert await forget_old_repeats(conns[0]) == 1
        for conn in conns:
            await conn.close()

    asyncio.run(check())
