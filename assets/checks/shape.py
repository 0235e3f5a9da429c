"""The table is what the view says: its columns, who built it, how many files it has."""

from datetime import timedelta

from assets.checks.check import Check, Verdict
from assets.checks.limits import SLICE_FILES_MAX, TABLE_FILES_MAX
from assets.maintain.older import rebuilding
from assets.maintain.tables import slices_of, snapshot_of
from assets.maintain.task import Site
from assets.storage.tables import NO_TABLE
from assets.storage.tables.columns import stored_name, types_of
from assets.views.physical import table_spec
from assets.views.view import View
from assets.wording import amount


def as_described(site: Site, view: View) -> Verdict:
    """Compare the table's columns with the view's, and look for slices of older versions."""
    snapshot = snapshot_of(site, view)
    if snapshot.version == NO_TABLE:
        return Verdict(True, "there is no table yet")
    wanted = types_of(table_spec(view).schema)
    wrong = sorted(
        name
        for name, type_ in wanted.items()
        if stored_name(name, type_, snapshot.columns) not in snapshot.columns
    )
    progress = rebuilding(site, view)
    numbers = {
        "columns": len(wrong),
        "slices": len(progress.waiting),
        "slices kept": len(progress.kept),
    }
    found = []
    if wrong:
        found.append(f"columns {', '.join(wrong)} are missing until the next increment")
    if not wrong and not progress.waiting:
        found.append("columns and version are the view's")
    if progress.described:
        found.append(progress.described)
    return Verdict(not (wrong or progress.waiting), "; ".join(found), numbers)


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
            f"over {SLICE_FILES_MAX} files: {amount(len(scattered), 'slice')},"
            f" {most.slice.owner_id} has {most.files}"
        )
        return Verdict(False, message, numbers)
    if snapshot.files.height > TABLE_FILES_MAX:
        return Verdict(
            False, f"{snapshot.files.height} files, over {TABLE_FILES_MAX} in all", numbers
        )
    return Verdict(True, amount(snapshot.files.height, "file"), numbers)


SHAPE = Check(
    name="as_described",
    doc="The table has the view's columns, and no slice waits to be rebuilt for its version.",
    remedy="The job rebuild_changed rebuilds what an older version built, a lot each time: look at"
    " its runs. Queries answer from the old rows meanwhile",
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
