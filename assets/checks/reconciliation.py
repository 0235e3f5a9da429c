"""
Rows against events: what was acknowledged is in the table, and nothing is there twice.

The two sides meet at the table's coverage: the pinned version says up to which position it holds a
slice's blocks, and exactly those are counted in the metadata.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from assets.checks.check import Check, Verdict
from assets.checks.limits import BLOCKS_NAMED_MAX, SLICES_RECONCILED
from assets.maintain.tables import slices_of, snapshot_of
from assets.maintain.task import Site
from assets.plan import rows_of, tag_of
from assets.storage.layout import Slice
from assets.storage.metadata.blocks import SliceCut, blocks_in
from assets.storage.metadata.quarantine import quarantined_blocks
from assets.storage.metadata.retention import rules
from assets.storage.tables import Snapshot
from assets.views.view import View

ONE_ROW_PER_EVENT = frozenset(
    {
        ("limnograph/v1", "log"),
        ("limnograph/v1", "metrics"),
        ("otlp/v1/logs", "log"),
        ("otlp/v1/traces", "trace"),
    }
)
"""(format, kind of rows) of which every event is a row; of others only surplus blocks are seen."""


@dataclass(frozen=True, slots=True)
class Count:
    """Blocks whose rows are not what their events are."""

    slices: int
    events: int
    missing: Sequence[str]
    surplus: Sequence[str]


def counted(site: Site, view: View) -> Count:
    """
    Count the rows of the newest covered slices by block, beside what was acknowledged.

    Raises:
        StorageUnavailable: Postgres or the store does not answer.
    """
    snapshot = snapshot_of(site, view)
    covered = snapshot.covered(view.version)
    with site.lake.connection() as conn:
        if view.name in rules(conn):  # slices without files may be those that the rule emptied
            held = {one.slice for one in slices_of(snapshot)}
            covered = {slice_: position for slice_, position in covered.items() if slice_ in held}
    newest = sorted(covered.items())[-SLICES_RECONCILED:]
    if not newest:
        return Count(0, 0, (), ())
    cuts = [SliceCut(slice_, 0, position) for slice_, position in newest]
    kind = rows_of(view)
    with site.lake.connection() as conn:
        blocks = blocks_in(conn, tag_of(view), cuts)
        refused = quarantined_blocks(conn, view.name, newest[0][0].start, newest[-1][0].end)
    expected = {
        block.block_id: block.nb_objects
        for block in blocks
        if (block.format, kind) in ONE_ROW_PER_EVENT and block.block_id not in refused
    }
    rows = rows_by_block(site, snapshot, view, [slice_ for slice_, _ in newest])
    missing = [block for block, events in expected.items() if rows.get(block, 0) < events]
    surplus = [block for block, found in rows.items() if found > expected.get(block, found)]
    return Count(len(newest), sum(expected.values()), missing, surplus)


def rows_by_block(
    site: Site, snapshot: Snapshot, view: View, slices: Sequence[Slice]
) -> dict[str, int]:
    """Return how many rows each block has in these slices; reads one column."""
    files = snapshot.files_of(view.version)
    wanted = [f"{slice_.date}T{slice_.hour}" for slice_ in slices]
    hour = pl.format("{}T{}", pl.col("date").cast(pl.String()), pl.col("slice"))
    paths = files.filter(hour.is_in(wanted))["path"].to_list()
    if not paths:
        return {}
    counts = (
        pl.scan_parquet(
            paths,
            glob=False,
            hive_partitioning=False,
            missing_columns="insert",
            extra_columns="ignore",
            schema={"block_id": pl.String()},
            storage_options=dict(site.lake.delta_options) or None,
        )
        .group_by("block_id")
        .len()
        .collect(engine="streaming")
    )
    return dict(counts.iter_rows())


def complete(site: Site, view: View) -> Verdict:
    """Look for blocks with fewer rows than events."""
    found = counted(site, view)
    numbers = {"slices": found.slices, "events": found.events, "blocks": len(found.missing)}
    if not found.missing:
        return Verdict(True, f"{found.events:,} events are as many rows", numbers)
    return Verdict(
        False, f"{len(found.missing)} blocks lack rows: {_named(found.missing)}", numbers
    )


def single(site: Site, view: View) -> Verdict:
    """Look for blocks with more rows than events."""
    found = counted(site, view)
    numbers = {"slices": found.slices, "blocks": len(found.surplus)}
    if not found.surplus:
        return Verdict(True, f"no rows twice in {found.slices} slices", numbers)
    return Verdict(
        False, f"{len(found.surplus)} blocks have rows twice: {_named(found.surplus)}", numbers
    )


def _named(blocks: Sequence[str]) -> str:
    more = len(blocks) - BLOCKS_NAMED_MAX
    return ", ".join(blocks[:BLOCKS_NAMED_MAX]) + (f" and {more} more" if more > 0 else "")


def _has_blocks(view: View) -> bool:
    return view.scope == "global" and any(column.name == "block_id" for column in view.columns)


_REBUILD = (
    "Rebuild their hours (launch these partitions of the asset): rows come from the raw blocks"
)

COMPLETE = Check(
    name="complete",
    doc=f"Every event of the newest {SLICES_RECONCILED} slices is a row.",
    remedy=_REBUILD,
    look=complete,
    applies=_has_blocks,
)

SINGLE = Check(
    name="no_duplicates",
    doc=f"No event of the newest {SLICES_RECONCILED} slices is a row twice.",
    remedy=_REBUILD,
    look=single,
    applies=_has_blocks,
)
