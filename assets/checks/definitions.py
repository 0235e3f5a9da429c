"""Definitions of views by operators that cannot be used."""

from assets.checks.check import Check, Verdict
from assets.maintain.task import Site
from assets.storage.metadata.defined_views import problems
from assets.views.log_entries import LOG_ENTRIES
from assets.views.view import View


def look(site: Site, view: View) -> Verdict:
    """Look for definitions that were found wrong by whoever read them last."""
    del view
    with site.lake.connection() as conn:
        found = problems(conn)
    if not found:
        return Verdict(True, "every definition of a view can be used", {"definitions": 0})
    told = "; ".join(f"{one.origin}: {one.problem}" for one in found[:3])
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
    return Verdict(False, f"{told}{more}", {"definitions": len(found)})


DEFINITIONS_USABLE = Check(
    name="definitions_usable",
    doc="Every definition of a view by an operator can be used. What is wrong has no table of its"
    " own to be asked of: it is asked of log_entries.",
    remedy="correct the file, or CREATE OR REPLACE the view; the other views go on, and so does"
    " what the file defined before",
    look=look,
    applies=lambda view: view.name == LOG_ENTRIES.name,
)
