"""
Whether raw blocks of a day may go: every table that is kept up to date must have their rows.

Rule: nothing can be added to the day any more, and no table lacks a block of it, settled or not. A
write transaction that stays open holds back what tables cover; what arrives meanwhile is theirs
only later. A view whose definition cannot be used lacks everything.
"""

from datetime import date

from assets.errors import LakeError
from assets.maintain.older import rebuilding
from assets.maintain.tables import snapshot_of
from assets.maintain.task import Site
from assets.materialize import counted
from assets.plan import by_start, formats_without, tag_of
from assets.storage.metadata.blocks import horizon, tail_by_slice
from assets.storage.metadata.closings import close_hours
from assets.storage.metadata.defined_views import problems, stored_views, table_name
from assets.views.physical import table_spec
from assets.views.view import View


class NotCovered(LakeError):
    """Raw blocks cannot go: a table lacks their rows still."""

    code = "not_covered"


class NotSettled(NotCovered):
    """Not yet: it cannot be told what a table will lack."""


def check_covered(site: Site, day: date, *, rebuilt: bool = True) -> None:
    """
    Check that every table which is kept up to date has all rows of the day, and will have.

    With *rebuilt* they must be of the view as it is now; not so where the rows go too.

    Raises:
        NotCovered: One has not, or a transaction could still add to the day, or a definition is
            stored of a view that cannot be asked.
    """
    check_definitions(site)
    check_settled(site, day)
    for view in site.views.materialized:
        if view.scope == "process":
            continue
        lacking = _hours_lacked(site, view, day)
        if lacking:
            raise NotCovered(
                f"{view.name} lacks {lacking} hours of {day}: they are kept until it has"
                " them; see the check no_gaps, and the task accept_loss if the object store has"
                " lost some"
            )
        if not rebuilt:
            continue
        older = [one for one in rebuilding(site, view).waiting if one.slice.start.date() == day]
        if older:
            raise NotCovered(
                f"{view.name} has changed, and {len(older)} hours of {day} are not rebuilt yet:"
                " their blocks are kept until the job rebuild_changed has done so"
            )


def check_definitions(site: Site) -> None:
    """
    Check that all views that are defined are known here, each with the table that it has now.

    What a definition would still take from raw blocks cannot be told while it cannot be used.

    Raises:
        NotCovered: One cannot be used, or has been defined anew since the site was opened.
    """
    known = {view.name: table_spec(view).name for view in site.views.materialized}
    with site.lake.connection() as conn:
        stored = {one.name: table_name(one.name, one.table_number) for one in stored_views(conn)}
        why = {one.name: one.problem for one in problems(conn)}
    lacking = [name for name, table in stored.items() if known.get(name) != table]
    if lacking:
        told = "; ".join(
            f"{name} ({why.get(name, 'defined since this run began')})" for name in lacking
        )
        raise NotCovered(
            f"views are defined that cannot be used now: {told}. What they are made of is kept"
            " until each is defined so that it can be, or dropped (DROP MATERIALIZED VIEW, or its"
            " file); see the check definitions_usable"
        )


def check_settled(site: Site, day: date) -> None:
    """Check that every transaction which could add to the day has ended."""
    with site.lake.connection() as conn:
        closings = close_hours(conn)
        settled = horizon(conn)
    if any(start.date() == day and closing > settled for start, closing in closings.items()):
        raise NotSettled(
            f"a transaction that could still add to {day} has not ended: its blocks are kept"
            " until then"
        )


def _hours_lacked(site: Site, view: View, day: date) -> int:
    """Return of how many hours of the day a table lacks blocks."""
    coverage = by_start(counted(view, snapshot_of(site, view), site.lake.connection).coverage)
    with site.lake.connection() as conn:
        tails = tail_by_slice(conn, tag_of(view), coverage, formats_without(view))
    return sum(tail.slice.start.date() == day for tail in tails)
