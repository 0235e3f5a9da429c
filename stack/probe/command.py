"""``limnod probe``: the probe on any machine that reaches the two doors and Postgres."""

import argparse
import os
import sys

from ingest_api.settings import IngestSettings
from query_engine.settings import QuerySettings
from stack.addresses import configured_addresses
from stack.data_directory import DataDirectory
from stack.lake_environment import lake_environment
from stack.probe.part import MODULE, doors_of
from stack.settings import StackSettings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--once", action="store_true", help="one round; exit code 1 if it fails")


def probe(settings: StackSettings, told: argparse.Namespace) -> int:
    """
    Become the probe of the lake that is set, else of the one that runs here.

    Raises:
        PartFailed: No lake is set, and this machine keeps none.
    """
    directory = DataDirectory(settings.data_dir)
    found = directory.read_addresses() if directory.is_in_use() else None
    at = found or configured_addresses(settings, IngestSettings(), QuerySettings())
    environment = {**doors_of(at), **os.environ, **lake_environment(settings)}
    given = ["--once"] if told.once else ["--interval", str(settings.probe_interval_s)]
    os.execve(sys.executable, [sys.executable, "-m", MODULE, *given], environment)  # noqa: S606
