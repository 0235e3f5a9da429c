"""``limnod check``: asks the lake's checks now, with or without Dagster."""

import argparse
from datetime import UTC, datetime

from assets.checks.catalog import CHECKS
from assets.checks.check import ask
from assets.maintain.tables import chosen
from assets.maintain.task import Site
from assets.storage.lake import open_lake
from assets.storage.settings import LakeSettings
from assets.storage.tables import TableCache
from stack.lake_environment import lake_environment
from stack.settings import StackSettings

_CONNECTIONS = 2


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
    views = chosen(told.views)
    where = lake_environment(settings)
    lake_settings = LakeSettings(
        database_url=where["LIMNO_DATABASE_URL"], root_uri=where["LIMNO_ROOT_URI"]
    )
    failed = 0
    with open_lake(lake_settings, pool_size=_CONNECTIONS) as lake:
        site = Site(lake, TableCache(), datetime.now(UTC))
        for view in views:
            for one in CHECKS:
                if not one.applies(view):
                    continue
                verdict = ask(one, site, view)
                failed += not verdict.passed
                word = "ok    " if verdict.passed else "FAILED"
                print(f"{word}  {view.name:<20} {one.name:<18} {verdict.message}")
    print(f"{failed} checks failed" if failed else "all is well")
    return 1 if failed else 0
