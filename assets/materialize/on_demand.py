"""
Filling what a table lacks because somebody wants to read it: once, however many want to.

Rule: whoever fills holds a lock of view and process, and looks again at what is missing once it
has it. The lock saves work; exactness is the commits', which also meet runs without such a lock.
"""

import time
from dataclasses import dataclass

from assets.materialize.cache import DecodedCache
from assets.materialize.commits import materialize
from assets.materialize.counting import counted
from assets.materialize.limits import ON_DEMAND_POLL_S, ON_DEMAND_TAIL_BYTES, ON_DEMAND_WAIT_S
from assets.materialize.report import Report
from assets.materialize.tail import tail_refs
from assets.plan import by_start, formats_without, tag_of
from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.metadata.blocks import tail_by_slice
from assets.storage.metadata.locks import try_advisory_lock
from assets.storage.tables import TableCache
from assets.views.physical import table_spec
from assets.views.view import View


@dataclass(frozen=True, slots=True)
class WantedSlices:
    """
    Slices whose blocks a table lacks, some or all of them, and that somebody wants to read.

    Attributes:
        process_id: Whose slices they are in a view that is kept per process, else "".
        slices: At least one.
    """

    view: View
    process_id: str
    slices: frozenset[Slice]

    def __post_init__(self) -> None:
        owners = {slice_.process_id for slice_ in self.slices}
        assert owners == {self.process_id}, "they are one process's, or all of them nobody's"
        assert bool(self.process_id) == (self.view.scope == "process"), f"{self.view.name}: whose?"


def bytes_lacking(lake: Lake, wanted: WantedSlices, tables: TableCache) -> int:
    """Return the stored bytes that filling slices would decode: all that they lack."""
    view, owner = wanted.view, wanted.process_id or None
    snapshot = tables.snapshot(lake, table_spec(view))
    covered = by_start(counted(view, snapshot, lake.connection).coverage, owner)
    with lake.connection() as conn:
        found = tail_by_slice(conn, tag_of(view), covered, formats_without(view), owner)
    return sum(tail.bytes for tail in found if tail.slice in wanted.slices)


def fill(
    lake: Lake,
    wanted: WantedSlices,
    tables: TableCache,
    *,
    cache: DecodedCache | None = None,
    wait_s: float = ON_DEMAND_WAIT_S,
    report: Report | None = None,
) -> Report | None:
    """
    Add to the table what slices lack.

    Of several callers, in whatever programs, one works and the others wait for it, then find
    nothing left to do.

    Args:
        lake: Where table and blocks are.
        wanted: What to fill.
        tables: Cache of snapshots.
        cache: Decoded blocks to use and to fill.
        wait_s: How long to wait for another caller that is at it.
        report: Is filled in while the work goes on.

    Returns:
        What was done; None when another caller was at it for longer.

    Raises:
        WriteConflict, PayloadMissing, StorageUnavailable: As ``materialize``.
    """
    deadline = time.monotonic() + wait_s
    with lake.own_connection() as conn:
        while True:
            name = ("materialize on demand", wanted.view.name, wanted.process_id)
            with try_advisory_lock(conn, *name) as held:
                if held:
                    return materialize(
                        lake,
                        wanted.view,
                        tables,
                        slices=wanted.slices,
                        process_id=wanted.process_id or None,
                        cache=cache,
                        report=report,
                    )
            if time.monotonic() > deadline:
                return None
            time.sleep(ON_DEMAND_POLL_S)


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
    Materialize one process if reading its tail would be a lot of work.

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
    snapshot = tables.snapshot(lake, table_spec(view))
    tail = tail_refs(lake, view, snapshot, begin_ns=begin_ns, end_ns=end_ns, process_id=process_id)
    if sum(block.payload_size for block in tail) <= tail_bytes_max:
        return None
    slices = frozenset(Slice.containing(block.insert_time, process_id) for block in tail)
    wanted = WantedSlices(view, process_id, slices)
    done = fill(lake, wanted, tables, cache=cache, wait_s=wait_s)
    return done if done is not None and done.commits else None
