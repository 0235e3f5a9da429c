"""
Memory of an application that records at a steady rate, for as long as one likes.

The median of the last quarter of the time beside that of the second: level, or something stays.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil

from benchmarks.report_lines import Line
from benchmarks.sdk.sink import sink

LOOKS = 80


def lines(seconds: float, events_per_s: int = 100_000) -> Iterator[Line]:
    """Measure and yield."""
    resident = []
    with sink() as url:
        command = [sys.executable, "-m", "benchmarks.sdk.paced", "flushed", "--endpoint", url]
        command += ["--seconds", str(seconds), "--events-per-s", str(events_per_s), "--unmeasured"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as application:
            process = psutil.Process(application.pid)
            begin = time.monotonic()
            while application.poll() is None and time.monotonic() - begin < seconds:
                resident.append(process.memory_info().rss)
                time.sleep(seconds / LOOKS)
            application.communicate()
    quarter = len(resident) // 4
    mib = [size / 2**20 for size in resident]
    yield Line(
        name="sdk.memory",
        value=statistics.median(mib[-quarter:]),
        unit="MiB resident, last quarter of the time",
        peer="the second quarter",
        peer_value=statistics.median(mib[quarter : 2 * quarter]),
        conditions={
            "seconds": seconds,
            "events_per_s": events_per_s,
            "most": round(max(mib), 1),
            "first": round(mib[0], 1),
        },
    )
