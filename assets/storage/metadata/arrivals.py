"""
When the blocks of an hour arrived, minute by minute: what people look at, read from rows alone.

Its cost is that of counting an hour's blocks; no payload is opened.
"""

from collections.abc import Collection, Sequence

from psycopg import Connection

from assets.storage.layout import Slice

MINUTES = 60


def events_by_minute(
    conn: Connection, tag: str, slices: Sequence[Slice], *, without: Collection[str] = ()
) -> dict[Slice, list[int]]:
    """
    Return, for each of these hours in which blocks of a tag arrived, the events of each minute.

    Args:
        conn: A connection in autocommit mode.
        tag: ``log``, ``metrics`` or ``cpu``.
        slices: Hours of all processes.
        without: No blocks of these formats.
    """
    counts: dict[Slice, list[int]] = {}
    if not slices:
        return counts
    hours = {slice_.start: slice_ for slice_ in slices}
    rows = conn.execute(
        """
        SELECT wanted.hour, extract(minute FROM b.insert_time AT TIME ZONE 'UTC')::int,
               sum(b.nb_objects)::bigint
        FROM blocks b
        JOIN unnest(%(hours)s::timestamptz[]) AS wanted (hour)
          ON wanted.hour = date_trunc('hour', b.insert_time, 'UTC')
        WHERE b.tags @> ARRAY[%(tag)s::text] AND b.format <> ALL(%(without)s::text[])
          AND b.insert_time >= %(first)s AND b.insert_time < %(end)s
        GROUP BY 1, 2
        """,
        {
            "hours": list(hours),
            "tag": tag,
            "without": list(without),
            "first": min(slices).start,
            "end": max(slices).end,
        },
    )
    for hour, minute, events in rows:
        counts.setdefault(hours[hour], [0] * MINUTES)[minute] = events
    return counts
