"""What it takes to start code server, webserver and daemon: time, CPU, memory."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from benchmarks.orchestration.processes import DagsterProcesses
from benchmarks.report_lines import Line, cpu_seconds


@dataclass(frozen=True, slots=True)
class Started:
    """What was used until the UI showed the code location."""

    wall_s: float
    cpu_s: float
    memory_bytes: int


@contextmanager
def started(
    start: Callable[[], AbstractContextManager[DagsterProcesses]],
) -> Iterator[tuple[DagsterProcesses, Started]]:
    """Start Dagster, and measure until it is ready."""
    begun = time.perf_counter()
    with start() as running:
        wall_s = time.perf_counter() - begun
        processes = [part.process for part in running.parts.values()]
        every = [
            one for process in processes for one in (process, *process.children(recursive=True))
        ]
        memory = sum(one.memory_full_info().pss for one in every)
        yield running, Started(wall_s, sum(map(cpu_seconds, processes)), memory)


def lines_of_start(ours: Started, empty: Started) -> Iterator[Line]:
    """Yield what our definitions add to a start of Dagster."""
    peer = "code server, webserver and daemon of a project with one asset that does nothing"
    for name, unit, value, peer_value in (
        ("orchestration.start", "s", ours.wall_s, empty.wall_s),
        ("orchestration.start_cpu", "CPU s", ours.cpu_s, empty.cpu_s),
        ("orchestration.memory", "MB", ours.memory_bytes / 1e6, empty.memory_bytes / 1e6),
    ):
        yield Line(name=name, value=value, unit=unit, peer=peer, peer_value=peer_value)
