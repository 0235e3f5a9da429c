"""
How fast blocks became rows lately, per view: what runs are sized by.

An estimate and nothing more: nothing that is right or wrong depends on it.
"""

from psycopg import Connection

from assets.storage.metadata.limits import PACE_BLOCK_BYTES, PACE_KEPT, PACE_WORK_MIN


def work_of(blocks: int, payload_bytes: int) -> int:
    """Return how much work blocks are, in bytes: a block costs something whatever is in it."""
    return payload_bytes + blocks * PACE_BLOCK_BYTES


def record_pace(
    conn: Connection, view: str, blocks: int, payload_bytes: int, seconds: float
) -> None:
    """Add a measurement; one of too little work says nothing and is left out."""
    work = work_of(blocks, payload_bytes)
    if work < PACE_WORK_MIN:
        return
    conn.execute(
        """
        INSERT INTO materialization_pace AS p (view, work, seconds)
        VALUES (%(view)s, %(work)s, %(seconds)s)
        ON CONFLICT (view) DO UPDATE SET measured_at = clock_timestamp(),
            work = p.work * %(kept)s + excluded.work,
            seconds = p.seconds * %(kept)s + excluded.seconds
        """,
        {"view": view, "work": work, "seconds": seconds, "kept": PACE_KEPT},
    )


def paces(conn: Connection) -> dict[str, float]:
    """Return the seconds that a byte of work took lately, by view; views without any are absent."""
    rows = conn.execute("SELECT view, seconds / work FROM materialization_pace")
    return {view: float(pace) for view, pace in rows}
