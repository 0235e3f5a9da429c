"""The newest block of each thread of a process, in the order in which its threads recorded them."""

from psycopg import Connection

from assets.storage.metadata.blocks import REF_COLUMNS, refs
from assets.storage.metadata.limits import NEWEST_BLOCKS_MAX
from assets.storage.metadata.records import BlockRef


def newest_blocks_of_threads(
    conn: Connection, process_id: str, stream_id: str | None = None
) -> list[BlockRef]:
    """
    Return the last visible block of each stream tagged `cpu`, that which ended last first.

    The last one is that with the most rows of its stream before it: blocks arrive in any order.
    """
    return refs(
        conn,
        f"""
        SELECT {REF_COLUMNS}
        FROM streams s
        CROSS JOIN LATERAL (
            SELECT * FROM blocks n
            WHERE n.stream_id = s.stream_id AND n.tags @> ARRAY['cpu']
            ORDER BY n.object_offset DESC, n.end_time_ns DESC
            LIMIT 1
        ) b
        JOIN segments g USING (segment_id)
        WHERE s.process_id = %(process_id)s::uuid
          AND (%(stream_id)s::uuid IS NULL OR s.stream_id = %(stream_id)s::uuid)
        ORDER BY b.end_time_ns DESC
        LIMIT %(most)s
        """,
        {"process_id": process_id, "stream_id": stream_id, "most": NEWEST_BLOCKS_MAX},
    )
