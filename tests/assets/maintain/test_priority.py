"""Maintenance gives way to queries: the nice value of every thread of its process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, threading
from assets.maintain.priority import giving_way
def nice_of(threads): return sorted({os.getpriority(os.PRIO_PROCESS, t) for t in threads})
stop = threading.Event()
thread = threading.Thread(target=stop.wait)
thread.start()
with giving_way(7):
    late = threading.Thread(target=stop.wait)
    late.start()
    print(nice_of([os.getpid(), thread.native_id, late.native_id]))
    with giving_way(3):
        print(nice_of([os.getpid(), thread.native_id]))
stop.set()
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads have a nice on Linux")
def test_all_threads_give_way_those_from_before_and_new_ones() -> None:
    """
    Nobody gets a higher priority by it than it had.
    """
    if os.getpriority(os.PRIO_PROCESS, 0) > 7:
        pytest.skip("this test runs at a lower priority itself")
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True
    )
    assert told.stdout.split() == ["[7]", "[7]"]
