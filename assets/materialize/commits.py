"""
Materialization: settled blocks become rows of a Delta table, exactly once.

The order is the whole proof. A snapshot of the table is pinned first (its coverage says what is in
it), then the horizon is read (no block below it can appear any more), then the blocks between
the two; one commit, made from that snapshot, adds their rows and moves the coverage. Whoever
comes second finds the coverage moved, or loses the commit and plans again from a new snapshot.
"""

import random
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from assets.materialize.cache import DecodedCache
from assets.materialize.counting import sampled_slices
from assets.materialize.fetch import PayloadMissing
from assets.materialize.limits import (
    COMMIT_PAYLOAD_BYTES_MAX,
    COMMIT_ROWS_MAX,
    CONFLICT_PAUSE_S,
    CONFLICTS_MAX,
    PLAN_BLOCKS_MAX,
)
from assets.materialize.planning import Work, work_to_do
from assets.materialize.report import Report
from assets.materialize.rows import decode_blocks, frame_of, quarantine
from assets.plan import (
    Budget,
    Portion,
    batches,
    coverage_after,
    formats_without,
    leading,
    tag_of,
    with_blocks,
    within_budget,
)
from assets.storage.lake import Lake
from assets.storage.layout import SLICE_WIDTH, Slice
from assets.storage.metadata.blocks import SliceCut, blocks_in, horizon
from assets.storage.metadata.quarantine import release
from assets.storage.tables import (
    TableCache,
    WriteConflict,
    append,
    ensure_table,
    replace_slices,
)
from assets.views.physical import table_spec, to_storage
from assets.views.view import View

COMMIT_BUDGET = Budget(COMMIT_ROWS_MAX, COMMIT_PAYLOAD_BYTES_MAX)

_REBUILD_SLICES = 24
"""Slices whose blocks a rebuild looks up at once."""


def materialize(
    lake: Lake,
    view: View,
    tables: TableCache,
    *,
    slices: Collection[Slice] | None = None,
    process_id: str | None = None,
    cache: DecodedCache | None = None,
    budget: Budget = COMMIT_BUDGET,
    deadline: float | None = None,
    report: Report | None = None,
) -> Report:
    """
    Add to the view's table every settled block that it lacks now.

    Repeating it, or doing it several times at once, changes nothing. A slice that an older
    generation of the view built is replaced if it lacks something. What becomes settled meanwhile
    is left to the next call.

    Args:
        lake: Where table and blocks are.
        view: Whose table.
        tables: Cache of snapshots.
        slices: Only these.
        process_id: The process, for a view that is kept per process.
        cache: Decoded blocks to use and to fill; by default nothing is kept.
        budget: How much one commit may hold.
        deadline: By ``time.monotonic()``: after it no further commit is begun. What is left is for
            the next call, and the report says that there is something.
        report: Is filled in while the work goes on; a new one by default.

    Raises:
        WriteConflict: Other writers kept winning; what was committed until then stands.
        PayloadMissing: The store has lost a payload; all other slices were still done.
        StorageUnavailable: Postgres or the store did not answer.
    """
    job = _Job(lake, view, tables, cache or DecodedCache(0), budget, report or Report())
    ensure_table(lake, table_spec(view))
    until: int | None = None
    wanted = None if slices is None else frozenset(slices)

    def step() -> bool:
        nonlocal until
        work = work_to_do(lake, view, tables, slices=wanted, process_id=process_id, until=until)
        until = work.horizon
        if not job.report.commits or deadline is None or time.monotonic() < deadline:
            return job.advance(work)
        job.report.cut_short = any(cut.slice not in job.given_up for cut in work.cuts)
        return False

    return job.run(step)


def rebuild(
    lake: Lake,
    view: View,
    tables: TableCache,
    slices: Collection[Slice],
    *,
    cache: DecodedCache | None = None,
    budget: Budget = COMMIT_BUDGET,
) -> Report:
    """
    Replace these slices with the rows of all their settled blocks.

    A slice without any block left is not touched: its rows would be the last copy. Neither is one
    that sampling took blocks from. A slice that is larger than the budget is still one commit,
    since it is replaced at once or not at all.

    Raises:
        WriteConflict, PayloadMissing, StorageUnavailable: As ``materialize``.
    """
    job = _Job(lake, view, tables, cache or DecodedCache(0), budget)
    ensure_table(lake, table_spec(view))
    remaining = sorted({hour for slice_ in slices for hour in slice_.hours})

    def step() -> bool:
        group = [slice_ for slice_ in remaining if slice_ not in job.given_up][:_REBUILD_SLICES]
        if not group:
            return False
        done = job.replace(group, whole=True)
        remaining[:] = [slice_ for slice_ in remaining if slice_ not in done]
        return True

    return job.run(step)


@dataclass
class _Job:
    """One call: what it works on, what it has done, and what it had to leave."""

    lake: Lake
    view: View
    tables: TableCache
    cache: DecodedCache
    budget: Budget
    report: Report = field(default_factory=Report)
    given_up: set[Slice] = field(default_factory=set)
    faults: list[PayloadMissing] = field(default_factory=list)

    def run(self, step: Callable[[], bool]) -> Report:
        """Repeat *step* until it has nothing left to do; each one plans from a new snapshot."""
        started = time.monotonic()
        conflicts = 0
        more = True
        while more:
            try:
                more = step()
                conflicts = 0
            except WriteConflict:
                conflicts += 1
                self.report.conflicts += 1
                if conflicts >= CONFLICTS_MAX:
                    raise
                pause = CONFLICT_PAUSE_S * min(2**conflicts, 100)
                time.sleep(pause * random.random())  # noqa: S311 - spreads retries, no secret
            except PayloadMissing as exc:
                self.faults.append(exc)
                self.given_up |= {
                    self._slice_of(block.insert_time, block.process_id) for block in exc.blocks
                }
        self.report.seconds = time.monotonic() - started
        if self.faults:
            raise self.faults[0]
        return self.report

    def advance(self, work: Work) -> bool:
        """Make one commit of *work*; say whether there was something to do."""
        cuts = [cut for cut in work.cuts if cut.slice not in self.given_up]
        older = [cut.slice for cut in cuts if cut.slice in work.older]
        if older:
            return bool(self.replace(older[:_REBUILD_SLICES]))
        if not cuts:
            return False
        chosen = leading(cuts, work.seen, PLAN_BLOCKS_MAX)
        taken = within_budget(self._with_blocks(chosen), self.budget)
        rows, corrupt = self._table(taken)
        coverage = coverage_after(self.view, (portion.cut for portion in taken))
        append(self.lake, table_spec(self.view), work.snapshot, rows, coverage)
        self._committed(taken, rows, corrupt)
        return True

    def replace(self, slices: Sequence[Slice], *, whole: bool = False) -> frozenset[Slice]:
        """
        Replace leading ones of *slices* in one commit; return those that are done.

        With *whole* those are done, and left as they are, of which sampling took some blocks.
        """
        spec = table_spec(self.view)
        snapshot = self.tables.snapshot(self.lake, spec)
        with self.lake.connection() as conn:
            until = horizon(conn)
        lacking = self._sampled(slices) if whole else frozenset()
        cuts = [SliceCut(slice_, 0, until) for slice_ in slices if slice_ not in lacking]
        portions = self._with_blocks(cuts)
        if whole:
            # Asked again: what was taken while the blocks were read is known now.
            lacking = self._sampled(slices)
            portions = [portion for portion in portions if portion.cut.slice not in lacking]
        empty = frozenset(slices).difference(p.cut.slice for p in portions if p.blocks)
        taken = next(batches([p for p in portions if p.blocks], self.budget), None)
        if taken is None:
            return empty
        rows, corrupt = self._table(taken)
        done = [portion.cut.slice for portion in taken]
        coverage = coverage_after(self.view, (portion.cut for portion in taken))
        replace_slices(self.lake, spec, snapshot, done, rows, coverage)
        self._committed(taken, rows, corrupt)
        return empty | frozenset(done)

    def _sampled(self, slices: Sequence[Slice]) -> frozenset[Slice]:
        with self.lake.connection() as conn:
            return sampled_slices(conn, self.view, slices)

    def _with_blocks(self, cuts: Sequence[SliceCut]) -> list[Portion]:
        with self.lake.connection() as conn:
            without = formats_without(self.view)
            return with_blocks(cuts, blocks_in(conn, tag_of(self.view), cuts, without=without))

    def _table(self, portions: Sequence[Portion]) -> tuple[pa.Table, frozenset[str]]:
        """Return the rows of all portions as the table keeps them, and the corrupt blocks."""
        corrupt: set[str] = set()
        parts: list[pa.Table] = []
        for portion in portions:
            pieces = [Portion(portion.cut, (block,)) for block in portion.blocks]
            for group in batches(pieces, self.budget):
                blocks = [block for piece in group for block in piece.blocks]
                decodings = decode_blocks(self.lake, self.view, blocks, self.cache)
                quarantine(self.lake, self.view, decodings.corrupt)
                corrupt |= {block.block_id for block, _ in decodings.corrupt}
                rows = frame_of(self.lake, self.view, decodings).collect()
                parts.append(to_storage(rows, self.view, portion.cut.slice))
        if not parts:
            parts = [table_spec(self.view).schema.empty_table()]
        return pa.concat_tables(parts), frozenset(corrupt)

    def _committed(self, taken: Sequence[Portion], rows: pa.Table, corrupt: frozenset[str]) -> None:
        """Count a commit, and let blocks out of quarantine that have rows now."""
        report = self.report
        report.commits += 1
        report.rows += rows.num_rows
        report.quarantined += len(corrupt)
        for portion in taken:
            report.slices.add(portion.cut.slice)
            report.blocks += len(portion.blocks)
            report.bytes += sum(block.payload_size for block in portion.blocks)
        decoded = {b.block_id for portion in taken for b in portion.blocks} - corrupt
        if decoded:
            starts = [portion.cut.slice.start for portion in taken]
            with self.lake.connection() as conn:
                end = max(starts) + SLICE_WIDTH
                release(conn, self.view.name, decoded, min(starts), end)

    def _slice_of(self, insert_time: datetime, process_id: str) -> Slice:
        return Slice.containing(insert_time, process_id if self.view.scope == "process" else "")
