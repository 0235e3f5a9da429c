"""
Whether anything stays behind: ``python -m tests.sdk.native.leaks [--events N]``.

Each way to record runs until memory has settled, then many times more. Growth after that is a leak:
of the process (resident memory) or of Python's objects (tracemalloc).
"""

import argparse
import gc
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import limnograph
from limnograph.limits import SOURCES_MAX
from tests.sdk.native.everything import EVERYTHING, left_open, threads
from tests.sdk.native.exercise import listening

RESIDENT_BYTES_MAX = 3 * 1024 * 1024
"""Growth of the process that is no finding: pages that come and go."""

TRACED_BYTES_MAX = 100_000
"""Growth of Python's objects that is none: caches of the interpreter."""

THREAD_BYTES = 400
"""What is remembered of an ended thread, of so many as SOURCES_MAX allows: no leak, but growth."""

ROUNDS = 200
WARM_UP = 10


def resident_bytes() -> int:
    """Return what the process has in memory."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError


def settled(repeats: int, work: Callable[[int], None]) -> tuple[int, int]:
    """Run *work* so often and flush; returns resident bytes and bytes of Python's objects."""
    for _ in range(repeats):
        work(ROUNDS)
        assert limnograph.flush(60), limnograph.stats()
    gc.collect()
    return resident_bytes(), tracemalloc.get_traced_memory()[0]


def growth(work: Callable[[int], None], repeats: int) -> tuple[int, int]:
    """Return by how much memory grew in *repeats* runs, after enough runs to settle."""
    settled(WARM_UP, work)
    before = settled(WARM_UP, work)
    after = settled(repeats, work)
    return after[0] - before[0], after[1] - before[1]


def main() -> int:
    """Print the growth of each way to record; 1 if one leaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=300)
    given = parser.parse_args()
    tracemalloc.start()
    limnograph.init("leaks", listening(), level="info", flush_interval_s=3600)
    leaking = 0
    for work in EVERYTHING:
        if work is left_open:  # remembered by design, up to a limit
            continue
        resident, traced = growth(work, given.repeats)
        traced_max = TRACED_BYTES_MAX + (THREAD_BYTES * SOURCES_MAX if work is threads else 0)
        leaks = resident > RESIDENT_BYTES_MAX or traced > traced_max
        leaking += leaks
        print(
            f"{work.__name__:12} {given.repeats * ROUNDS:9} rounds: "
            f"resident {resident / 1024:+8.0f} KiB, objects {traced / 1024:+8.1f} KiB"
            f"{'  LEAK' if leaks else ''}",
            flush=True,
        )
    limnograph.shutdown(60)
    return 1 if leaking else 0


if __name__ == "__main__":
    sys.exit(main())
