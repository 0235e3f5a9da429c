"""
What every benchmark prints: one JSON object a line, ours beside a peer measured in the same run.

Values are times and sizes, so that in every line a ratio (ours / peer) below one is better. Rates
are given as time per event; the rate itself stands in the conditions.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import psutil


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measurement; *peer* says in words what *peer_value* was measured on."""

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float
    conditions: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Ours over the peer's: below one is better for us."""
        return self.value / self.peer_value if self.peer_value else float("nan")


def emit(line: Line) -> None:
    """Print a measurement with what it was measured on."""
    conditions = line.conditions | machine()
    rounded = {"value": _rounded(line.value), "peer_value": _rounded(line.peer_value)}
    printed = asdict(line) | rounded | {"ratio": _rounded(line.ratio), "conditions": conditions}
    order = ("name", "value", "unit", "peer", "peer_value", "ratio", "conditions")
    print(json.dumps({key: printed[key] for key in order}), flush=True)


def machine() -> dict[str, Any]:
    """Return what a reader must know to judge a figure; the load says whether we were alone."""
    return {
        "cores": psutil.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }


def arguments(doc: str | None) -> argparse.Namespace:
    """Return the command line's: ``quick`` for a run of less than thirty seconds."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--quick", action="store_true", help="small and rough, below 30 seconds")
    return parser.parse_args()


@dataclass(slots=True)
class Spent:
    """Seconds that something took: on the clock, and of CPU by each process watched."""

    wall_s: float = 0.0
    cpu_s: dict[str, float] = field(default_factory=dict)


@contextmanager
def measured(**processes: psutil.Process) -> Iterator[Spent]:
    """Measure the block: wall time, and the CPU time of these processes with their children."""
    spent = Spent()
    before = {name: cpu_seconds(process) for name, process in processes.items()}
    start = time.perf_counter()
    yield spent
    spent.wall_s = time.perf_counter() - start
    for name, process in processes.items():
        spent.cpu_s[name] = cpu_seconds(process) - before[name]


def cpu_seconds(process: psutil.Process) -> float:
    """Return user and system CPU time of a process and of its children, ended or not."""
    ended = process.cpu_times()
    total = _own_cpu_seconds(process) + ended.children_user + ended.children_system
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            total += _own_cpu_seconds(child)
    return float(total)


def _own_cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU time of all threads; Linux counts it in ns, others in hundredths."""
    if not sys.platform.startswith("linux"):
        times = process.cpu_times()
        return float(times.user + times.system)
    try:
        return time.clock_gettime(~process.pid << 3 | 2)  # what clock_getcpuclockid() returns
    except OSError as exc:
        raise psutil.NoSuchProcess(process.pid) from exc


def best_of(repeats: int, run: Callable[[], object]) -> float:
    """Return the shortest of several timings in seconds, after one run that is not counted."""
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value below which *percent* of the values lie (inclusive method)."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
