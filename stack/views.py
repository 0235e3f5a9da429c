"""``limnod views``: what tables there are, how much of the lake they hold, and what they lack."""

import argparse
from collections.abc import Sequence

from assets.checks.lag import lag_of
from assets.maintain.tables import chosen, megabytes, slices_of, snapshot_of
from assets.maintain.task import Site
from assets.plan import foreign_slices
from assets.views.view import View
from stack.settings import StackSettings
from stack.site import site_here

_HEAD = ("view", "fingerprint", "slices", "to rebuild", "files", "rows", "size", "lacks", "for")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("views", nargs="*", metavar="VIEW", help="only these views")


def views(settings: StackSettings, told: argparse.Namespace) -> int:
    """
    Print a line for each view.

    Raises:
        NotFound: There is no such view.
        PartFailed: No lake is set, and this machine keeps none.
    """
    wanted = chosen(told.views)
    with site_here(settings) as site:
        rows = [_line(site, view) for view in wanted]
    print(_table([_HEAD, *rows]))
    return 0


def _line(site: Site, view: View) -> tuple[str, ...]:
    """Return what is known of a view; what a per-process view lacks is nobody's business."""
    snapshot = snapshot_of(site, view)
    held = list(slices_of(snapshot))
    foreign = foreign_slices(view, snapshot.coverages())
    lacks, age = "-", "-"
    if view.scope == "global":
        lag = lag_of(site, view)
        lacks, age = f"{lag.blocks:,} blocks", f"{lag.age.total_seconds():,.0f} s"
    return (
        view.name,
        view.fingerprint,
        f"{len(snapshot.covered(view.version)):,}",
        f"{len(foreign):,}",
        f"{sum(one.files for one in held):,}",
        f"{sum(one.rows for one in held):,}",
        megabytes(sum(one.bytes for one in held)),
        lacks,
        age,
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as text in columns: names to the left, numbers to the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEAD))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
