"""``limnod views``: what tables there are, how much of the lake they hold, and what they lack."""

import argparse
from collections.abc import Sequence

from assets.checks.lag import Lag, lag_of
from assets.maintain.older import Rebuilding, rebuilding
from assets.maintain.tables import SliceFiles, slices_of, snapshot_of
from assets.maintain.task import Site
from assets.storage.metadata.defined_views import problems
from assets.views.generation import fingerprint_of
from assets.views.view import View
from assets.wording import size_text
from stack.settings import StackSettings
from stack.site import site_here

Line = tuple[str, ...]

_HEAD: Line = (
    *("view", "fingerprint", "slices", "to rebuild", "kept", "rebuilt"),
    *("files", "rows", "size", "lacks", "for"),
)


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
    with site_here(settings) as site:
        lines, notes = [_HEAD], []
        for view in site.views.chosen(told.views):
            progress = rebuilding(site, view)
            lag = lag_of(site, view) if view.scope == "global" else None
            lines.append(_line(view, list(slices_of(snapshot_of(site, view))), progress, lag))
            if progress.described:
                notes.append(f"{view.name}: {progress.described}")
        notes += _problems(site)
    print(_table(lines))
    print("".join(f"\n{note}" for note in notes), end="\n" if notes else "")
    return 0


def _problems(site: Site) -> list[str]:
    """Return a line for each definition that cannot be used, whoever has tried."""
    with site.lake.connection() as conn:
        return [f"WRONG {found.origin}: {found.problem}" for found in problems(conn)]


def _line(view: View, held: Sequence[SliceFiles], progress: Rebuilding, lag: Lag | None) -> Line:
    """Return what is known of a view; what a per-process view lacks is nobody's business."""
    return (
        view.name,
        fingerprint_of(view),
        f"{progress.current + len(progress.waiting) + len(progress.kept):,}",
        f"{len(progress.waiting):,}",
        f"{len(progress.kept):,}",
        f"{progress.share:.0%}",
        f"{sum(one.files for one in held):,}",
        f"{sum(one.rows for one in held):,}",
        size_text(sum(one.bytes for one in held)),
        f"{lag.blocks:,} blocks" if lag else "-",
        f"{lag.age.total_seconds():,.0f} s" if lag else "-",
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
