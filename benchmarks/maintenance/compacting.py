"""What compaction costs beside deltalake's own, on copies of one table."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from deltalake import DeltaTable, WriterProperties

from assets.maintain.tables import slices_of
from assets.storage.lake import Lake
from assets.storage.layout import table_key
from assets.storage.objects import open_store
from assets.storage.tables import TableCache
from assets.storage.tables.compact import PlannedCompaction, commit_compaction, plan_compaction
from assets.views.physical import table_spec
from assets.views.view import View

ZSTD_1 = WriterProperties(compression="ZSTD", compression_level=1)


@dataclass(frozen=True, slots=True)
class Compacted:
    """How long it took, and the bytes of the table before and after."""

    seconds: float
    before: int
    after: int


def ours(lake: Lake, view: View, copy: Path) -> Compacted:
    """Compact every slice of a copy: sorted, with bounds, promoted keys and Bloom filters."""
    there = replace(lake, objects=open_store(copy.as_uri()), root_uri=copy.as_uri())
    spec = table_spec(view)
    slices = [one.slice for one in slices_of(TableCache().snapshot(there, spec))]

    def compact() -> None:
        for slice_ in slices:
            plan = plan_compaction(there, spec, slice_)
            if isinstance(plan, PlannedCompaction):
                commit_compaction(there, plan)

    return _measured(copy / table_key(view.name), compact)


def plain(view: View, copy: Path) -> Compacted:
    """Compact with deltalake: rows stay in the order in which the files are."""
    table = copy / table_key(view.name)
    return _measured(
        table, lambda: DeltaTable(str(table)).optimize.compact(writer_properties=ZSTD_1)
    )


def z_ordered(view: View, copy: Path) -> Compacted:
    """Compact with deltalake and bring rows of one process and time together."""
    table = copy / table_key(view.name)
    columns = ["process_id", view.time_column]
    return _measured(
        table,
        lambda: DeltaTable(str(table)).optimize.z_order(columns, writer_properties=ZSTD_1),
    )


def copied(lake_folder: Path, view: View, to: Path) -> Path:
    """Return a new lake's folder that has the view's table alone."""
    shutil.copytree(lake_folder / table_key(view.name), to / table_key(view.name))
    return to


def _measured(table: Path, work: Callable[[], object]) -> Compacted:
    before = _live_bytes(table)
    begun = time.perf_counter()
    work()
    return Compacted(time.perf_counter() - begun, before, _live_bytes(table))


def _live_bytes(table: Path) -> int:
    actions = DeltaTable(str(table)).get_add_actions()
    return sum(int(size.as_py()) for size in actions["size_bytes"])
