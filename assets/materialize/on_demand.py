"""Per-process views: nothing is materialized until somebody asks, and then once."""

import time

from assets.materialize.cache import DecodedCache
from assets.materialize.commits import materialize
from assets.materialize.limits import ON_DEMAND_POLL_S, ON_DEMAND_TAIL_BYTES, ON_DEMAND_WAIT_S
from assets.materialize.report import Report
from assets.materialize.tail import tail_refs
from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.metadata.locks import try_advisory_lock
from assets.storage.tables import TableCache
from assets.views.physical import table_spec
from assets.views.view import View


def ensure_materialized(
    lake: Lake,
    view: View,
    tables: TableCache,
    process_id: str,
    *,
    begin_ns: int | None = None,
    end_ns: int | None = None,
    cache: DecodedCache | None = None,
    tail_bytes_max: int = ON_DEMAND_TAIL_BYTES,
    wait_s: float = ON_DEMAND_WAIT_S,
) -> Report | None:
    """
    Materialize one process if reading its tail would be a lot of work; call it before a query.

    Of several callers one works and the others wait for it, then find nothing left to do.

    Args:
        lake: Where table and blocks are.
        view: A view that is kept per process.
        tables: Cache of snapshots.
        process_id: Which process.
        begin_ns: Only slices that hold events from here on (Unix ns).
        end_ns: Only slices that hold events before this (Unix ns).
        cache: Decoded blocks to use and to fill.
        tail_bytes_max: Stored bytes of the tail up to which nothing is done.
        wait_s: How long to wait for another caller that is at it.

    Returns:
        What was done; None when the tail is to be read as it is: small enough, or not done in time.

    Raises:
        WriteConflict, PayloadMissing, StorageUnavailable: As ``materialize``.
    """
    assert view.scope == "process", f"{view.name} is materialized continuously"

    def too_large() -> frozenset[Slice]:
        """Return the slices of the tail if it is over the limit."""
        snapshot = tables.snapshot(lake, table_spec(view))
        tail = tail_refs(
            lake, view, snapshot, begin_ns=begin_ns, end_ns=end_ns, process_id=process_id
        )
        if sum(block.payload_size for block in tail) <= tail_bytes_max:
            return frozenset()
        return frozenset(Slice.containing(block.insert_time, process_id) for block in tail)

    if not too_large():
        return None
    deadline = time.monotonic() + wait_s
    with lake.own_connection() as conn:
        while True:
            with try_advisory_lock(conn, "materialize on demand", view.name, process_id) as held:
                if held:
                    slices = too_large()
                    if not slices:
                        return None
                    return materialize(
                        lake, view, tables, slices=slices, process_id=process_id, cache=cache
                    )
            if time.monotonic() > deadline:
                return None
            time.sleep(ON_DEMAND_POLL_S)
