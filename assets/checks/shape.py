"""The table is what the view says: its columns, who built it, how many files it has."""

from datetime import timedelta

from deltalake import DeltaTable, Schema

from assets.checks.check import Check, Verdict
from assets.checks.limits import SLICE_FILES_MAX, TABLE_FILES_MAX
from assets.maintain.tables import slices_of, snapshot_of
from assets.maintain.task import Site
from assets.plan import foreign_slices
from assets.storage.tables import NO_TABLE
from assets.views.physical import table_spec
from assets.views.view import View


def as_described(site: Site, view: View) -> Verdict:
    """Compare the table's columns with the view's, and look for slices of another version."""
    snapshot = snapshot_of(site, view)
    if snapshot.version == NO_TABLE:
        return Verdict(True, "there is no table yet")
    table = DeltaTable(
        site.lake.table_uri(view.name), storage_options=dict(site.lake.delta_options)
    )
    present = {field.name: field.type for field in table.schema().fields}
    wanted = {field.name: field.type for field in Schema.from_arrow(table_spec(view).schema).fields}
    wrong = sorted(name for name, dtype in wanted.items() if present.get(name) != dtype)
    foreign = foreign_slices(view, snapshot.coverages())
    numbers = {"columns": len(wrong), "slices": len(foreign)}
    found = []
    if wrong:
        found.append(f"columns {', '.join(wrong)} are missing or of another type")
    if foreign:
        found.append(f"{len(foreign)} slices were built by another version of the view")
    return Verdict(not found, "; ".join(found) or "columns and version are the view's", numbers)


def merged(site: Site, view: View) -> Verdict:
    """Look for slices that have ended in many small files, and for tables of too many."""
    snapshot = snapshot_of(site, view)
    an_hour_ago = site.now - timedelta(hours=1)
    scattered = [
        one
        for one in slices_of(snapshot)
        if one.files > SLICE_FILES_MAX and one.slice.end <= an_hour_ago
    ]
    numbers = {"files": snapshot.files.height, "slices": len(scattered)}
    if scattered:
        most = max(scattered, key=lambda one: one.files)
        message = (
            f"{len(scattered)} slices have over {SLICE_FILES_MAX} files,"
            f" {most.slice.owner_id} has {most.files}"
        )
        return Verdict(False, message, numbers)
    if snapshot.files.height > TABLE_FILES_MAX:
        return Verdict(
            False, f"{snapshot.files.height} files, over {TABLE_FILES_MAX} in all", numbers
        )
    return Verdict(True, f"{snapshot.files.height} files", numbers)


SHAPE = Check(
    name="as_described",
    doc="The table has the view's columns, and all its slices were built by the view's version.",
    remedy="Slices of another version are rebuilt by the sensor uncovered_slices: look at its runs."
    " A column of another type needs a new table: see docs/operations.md",
    look=as_described,
    applies=lambda _: True,
)

FILES = Check(
    name="compact",
    doc=f"No slice that has ended has over {SLICE_FILES_MAX} files, no table over"
    f" {TABLE_FILES_MAX:,}.",
    remedy="Run the job compaction; if its runs fail, their message says why",
    look=merged,
    applies=lambda _: True,
)
