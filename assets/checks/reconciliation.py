"""Two verdicts about one look at rows and events: none is missing, and none is there twice."""

from collections.abc import Mapping

from assets.checks.check import Check, Verdict
from assets.checks.limits import BLOCKS_NAMED_MAX, SLICES_RECONCILED
from assets.maintain.reconciling import Count, has_blocks, reconciled
from assets.maintain.task import Number, Site
from assets.storage.layout import Slice
from assets.views.view import View
from assets.wording import amount


def complete(site: Site, view: View) -> Verdict:
    """Look for blocks with fewer rows than events."""
    found = reconciled(site, view, SLICES_RECONCILED)
    numbers = {"events": found.events, **_numbers(found, found.missing)}
    message = f"every event is a row, {found.events:,} of them"
    if found.missing:
        message = (
            f"rows are missing of {amount(len(found.missing), 'block')}: {_named(found.missing)}"
        )
    return Verdict(not found.missing, message + _unjudged(found), numbers)


def single(site: Site, view: View) -> Verdict:
    """Look for blocks with more rows than events."""
    found = reconciled(site, view, SLICES_RECONCILED)
    message = f"no rows twice in {amount(found.slices, 'slice')}"
    if found.surplus:
        blocks = amount(len(found.surplus), "block")
        message = f"rows are there twice of {blocks}: {_named(found.surplus)}"
    return Verdict(not found.surplus, message + _unjudged(found), _numbers(found, found.surplus))


def _numbers(found: Count, wrong: Mapping[str, Slice]) -> dict[str, Number]:
    return {"slices": found.slices, "blocks": len(wrong), "blocks not judged": found.unjudged}


def _named(wrong: Mapping[str, Slice]) -> str:
    """Name every hour, since these are what to rebuild, and a few of the blocks."""
    hours = ", ".join(sorted({slice_.owner_id for slice_ in wrong.values()}))
    more = len(wrong) - BLOCKS_NAMED_MAX
    blocks = ", ".join(list(wrong)[:BLOCKS_NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
    return f"of the hours {hours} (blocks {blocks})"


def _unjudged(found: Count) -> str:
    if not found.unjudged:
        return ""
    unjudged = amount(found.unjudged, "block")
    return f"; not judged: {unjudged}, as not every event of their format is one row"


_REBUILD = (
    "Rebuild these hours (launch these partitions of the asset): rows come from the raw blocks"
)

COMPLETE = Check(
    name="complete",
    doc=f"Every event of the newest {SLICES_RECONCILED} slices is a row.",
    remedy=_REBUILD,
    look=complete,
    applies=has_blocks,
)

SINGLE = Check(
    name="no_duplicates",
    doc=f"No event of the newest {SLICES_RECONCILED} slices is a row twice.",
    remedy="The job duplicate_repair rebuilds these hours; with slices=N it looks at more of them",
    look=single,
    applies=has_blocks,
)
