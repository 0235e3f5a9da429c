"""Dagster's three processes for tests: the sensor asks for a run whatever is missing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.orchestration.processes import DagsterProcesses
from benchmarks.orchestration.processes import dagster_processes as processes

__all__ = ["DagsterProcesses", "dagster_processes"]


@contextmanager
def dagster_processes(
    home: Path, database_url: str, environment: Mapping[str, str]
) -> Iterator[DagsterProcesses]:
    """Run code server, webserver and daemon with their state in *database_url*."""
    at_once = {"LIMNO_ORCHESTRATION_INCREMENT_AGE_S": "0"}
    with processes(home, database_url, at_once | dict(environment)) as running:
        yield running
