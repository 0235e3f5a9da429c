"""How far the tables are behind what was acknowledged."""

from dataclasses import dataclass
from datetime import timedelta

from assets.checks.check import Check, Verdict
from assets.checks.limits import GAP_AGE_MAX, LAG_MAX
from assets.maintain.tables import snapshot_of
from assets.maintain.task import Site
from assets.materialize import counted, uncovered
from assets.plan import by_start, formats_without, tag_of
from assets.storage.metadata.blocks import tail_size
from assets.views.view import View
from assets.wording import amount, size_text

_HOURS = GAP_AGE_MAX // timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Lag:
    """What a table lacks, and for how long it has lacked the oldest of it."""

    blocks: int
    bytes: int
    age: timedelta


def lag_of(site: Site, view: View) -> Lag:
    """
    Return how far a view's table is behind.

    Raises:
        StorageUnavailable: Postgres or the store does not answer.
    """
    coverage = by_start(counted(view, snapshot_of(site, view), site.lake.connection).coverage)
    with site.lake.connection() as conn:
        tail = tail_size(conn, tag_of(view), coverage, formats_without(view))
    age = max(site.now - tail.oldest, timedelta(0)) if tail.oldest else timedelta(0)
    return Lag(tail.blocks, tail.bytes, age)


def late(site: Site, view: View) -> Verdict:
    """Compare the age of the oldest block that the table lacks with what is usual."""
    lag = lag_of(site, view)
    message = "every acknowledged block is in the table"
    if lag.blocks:
        lacking = f"{amount(lag.blocks, 'block')}, {size_text(lag.bytes)}"
        message = f"not in the table yet: {lacking}, the oldest for {_lasting(lag.age)}"
    numbers = {"lag_s": lag.age.total_seconds(), "blocks": lag.blocks, "bytes": lag.bytes}
    return Verdict(lag.age <= LAG_MAX, message, numbers)


def _lasting(age: timedelta) -> str:
    """Return a time as people say it, in its largest unit that it has two of."""
    for unit, name in _UNITS:
        if age >= 2 * unit:
            return f"{age / unit:,.0f} {name}"
    return f"{age.total_seconds():.0f} seconds"


_UNITS = (
    (timedelta(days=1), "days"),
    (timedelta(hours=1), "hours"),
    (timedelta(minutes=1), "minutes"),
)


def gaps(site: Site, view: View) -> Verdict:
    """Look for hours that ended long ago and are not covered."""
    overdue = sorted(
        cut.slice.owner_id
        for cut in uncovered(site.lake, view, site.tables)
        if site.now - cut.slice.end > GAP_AGE_MAX
    )
    if not overdue:
        message = f"every hour that ended over {_HOURS} hours ago is covered"
        return Verdict(True, message, {"hours": 0})
    first, last = overdue[0], overdue[-1]
    message = (
        f"not covered, although over {_HOURS} hours have passed since:"
        f" {amount(len(overdue), 'hour')} between {first} and {last}"
    )
    return Verdict(False, message, {"hours": len(overdue)})


LAG = Check(
    name="fresh",
    doc=f"The table lacks no block older than {LAG_MAX.total_seconds() / 60:.0f} minutes.",
    remedy="Look at the sensor uncovered_slices and its runs: failed ones name the reason; with"
    " none at all, the daemon is not running. Queries are right meanwhile, but dearer",
    look=late,
)

GAPS = Check(
    name="no_gaps",
    doc=f"Every hour that ended over {_HOURS} hours ago is covered by the table.",
    remedy="Materialize these hours in the UI; if runs over them fail, their message says why",
    look=gaps,
)
