"""``limnod check``: asks the lake's checks now, with or without Dagster."""

import argparse

from assets.checks.catalog import CHECKS
from assets.checks.check import ask
from assets.wording import amount
from stack.settings import StackSettings
from stack.site import site_here


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("views", nargs="*", metavar="VIEW", help="only these views")


def check(settings: StackSettings, told: argparse.Namespace) -> int:
    """
    Ask every check and print the answers; 1 when one fails.

    Raises:
        NotFound: There is no such view.
        PartFailed: No lake is set, and this machine keeps none.
    """
    failed = 0
    with site_here(settings) as site:
        for view in site.views.chosen(told.views):
            for one in CHECKS:
                if not one.applies(view):
                    continue
                verdict = ask(one, site, view)
                failed += not verdict.passed
                word = "ok    " if verdict.passed else "FAILED"
                print(f"{word}  {view.name:<20} {one.name:<18} {verdict.message}")
    print(f"{amount(failed, 'check')} failed" if failed else "all is well")
    return 1 if failed else 0
