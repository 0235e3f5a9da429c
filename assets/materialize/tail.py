"""
The tail: rows of the acknowledged blocks that a snapshot of a table does not contain.

Rule: the snapshot was taken before this is called. Its coverage and the blocks read here compare
the same positions, so a block is in the snapshot or in the tail, never in both, never in neither.
"""

import polars as pl

from assets.materialize.cache import DecodedCache
from assets.materialize.counting import counted
from assets.materialize.rows import block_frame
from assets.plan import by_start, event_range, formats_without, tag_of
from assets.storage.lake import Lake
from assets.storage.metadata.blocks import tail_blocks
from assets.storage.metadata.records import BlockRef
from assets.storage.tables import Snapshot
from assets.views.view import View


def read_tail(
    lake: Lake,
    view: View,
    snapshot: Snapshot,
    *,
    cache: DecodedCache,
    begin_ns: int | None = None,
    end_ns: int | None = None,
    process_id: str | None = None,
    stream_id: str | None = None,
) -> pl.LazyFrame:
    """
    Return the view's rows of the tail; a plan over values, columns not selected are never made.

    Rows of a rollup are partial: merge them with the table's. The range leaves out blocks, not
    rows: filter what comes back.

    Args:
        lake: Where the blocks are.
        view: Whose rows.
        snapshot: The table as it is read beside the tail, pinned before this call.
        cache: Decoded blocks, shared by all queries.
        begin_ns: Only blocks with events for rows from here on (Unix ns).
        end_ns: Only blocks with events for rows before this (Unix ns).
        process_id: Only this process; required by a view that is kept per process.
        stream_id: Only this stream.

    Raises:
        PayloadMissing: The store has lost an acknowledged payload.
        StorageUnavailable: Postgres or the store did not answer.
    """
    blocks = tail_refs(
        lake,
        view,
        snapshot,
        begin_ns=begin_ns,
        end_ns=end_ns,
        process_id=process_id,
        stream_id=stream_id,
    )
    return block_frame(lake, view, blocks, cache)


def tail_refs(
    lake: Lake,
    view: View,
    snapshot: Snapshot,
    *,
    begin_ns: int | None = None,
    end_ns: int | None = None,
    process_id: str | None = None,
    stream_id: str | None = None,
) -> list[BlockRef]:
    """Return the blocks of ``read_tail``, without reading them."""
    assert view.scope == "global" or process_id, f"{view.name} is read one process at a time"
    owner = process_id if view.scope == "process" else None
    coverage = by_start(counted(view, snapshot, lake.connection).coverage, owner)
    begin_ns, end_ns = event_range(view, begin_ns, end_ns)
    with lake.connection() as conn:
        return tail_blocks(
            conn,
            tag_of(view),
            coverage,
            begin_ns=begin_ns,
            end_ns=end_ns,
            process_id=process_id,
            stream_id=stream_id,
            without=formats_without(view),
        )
