"""Which slices have any block still: what can be made anew, and what is the last copy."""

from collections.abc import Collection
from datetime import UTC
from typing import LiteralString

from psycopg import Connection

from assets.storage.layout import Slice

_PRESENT: LiteralString = """
SELECT s.slice_start, coalesce(s.process_id::text, '')
FROM unnest(%(starts)s::timestamptz[], %(processes)s::uuid[]) AS s (slice_start, process_id)
CROSS JOIN LATERAL (
    SELECT FROM blocks b
    WHERE b.insert_time >= s.slice_start AND b.insert_time < s.slice_start + interval '1 hour'
      AND b.tags @> ARRAY[%(tag)s::text] AND b.format <> ALL(%(without)s::text[])
      AND (s.process_id IS NULL OR b.process_id = s.process_id)
    LIMIT 1
) AS found
"""


def slices_present(
    conn: Connection, tag: str, slices: Collection[Slice], without: Collection[str] = ()
) -> frozenset[Slice]:
    """
    Return those of *slices* that have a visible block of a tag, in another format than *without*.

    Reads one block of each, so it costs the same however many there are.
    """
    asked = list(slices)
    rows = conn.execute(
        _PRESENT,
        {
            "starts": [slice_.start for slice_ in asked],
            "processes": [slice_.process_id or None for slice_ in asked],
            "tag": tag,
            "without": list(without),
        },
    )
    return frozenset(Slice(start.astimezone(UTC), process_id) for start, process_id in rows)
