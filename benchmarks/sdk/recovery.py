"""
SIGKILL under load: how much of what a process had recorded is in the lake after the next start.

The receiver is the real one. The killed process recorded as fast as it could; how many rounds it
had completed stands in a file that it maps, so the answer is exact to one event of each kind.
"""

import random
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.report_lines import Line
from benchmarks.scratch_lake import ScratchLake, scratch_lake
from benchmarks.sdk.arrived import rows_of

ARRIVAL_SECONDS_MAX = 60.0


def lines(kills: int, seconds: float) -> Iterator[Line]:
    """Kill so often and yield, by kind, the rows found beside the rows recorded."""
    found = {"log": 0, "metrics": 0, "cpu": 0}
    recorded = dict.fromkeys(found, 0)
    chance = random.Random(1)
    with scratch_lake() as lake, lake.ingest() as receiver, tempfile.TemporaryDirectory() as folder:
        for _ in range(kills):
            count_file = Path(folder, "count")
            count_file.write_bytes(bytes(8))
            with _program(count_file, receiver.url) as (process, process_id):
                time.sleep(seconds * chance.uniform(0.5, 1.5))
                process.kill()
                process.wait()
            (rounds,) = struct.unpack("<q", count_file.read_bytes())
            with _program(count_file, receiver.url, "--next"):
                rows = _arrived(lake, process_id, rounds)
            for tag in found:
                found[tag] += min(rows.get(tag, 0), rounds)
                recorded[tag] += rounds
    for tag, rows_recorded in recorded.items():
        yield Line(
            name=f"sdk.recovery.{tag}",
            value=found[tag],
            unit="rows in the lake after the next start",
            peer="rows recorded when the process was killed",
            peer_value=rows_recorded,
            conditions={"kills": kills},
        )


@contextmanager
def _program(
    count_file: Path, url: str, *more: str
) -> "Iterator[tuple[subprocess.Popen[str], str]]":
    command = [sys.executable, "-m", "benchmarks.sdk.killed", str(count_file), "--endpoint", url]
    with subprocess.Popen(
        [*command, *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()


def _arrived(lake: ScratchLake, process_id: str, rounds: int) -> dict[str, int]:
    """Wait until everything is there, or for so long that it will not come."""
    deadline = time.monotonic() + ARRIVAL_SECONDS_MAX
    while True:
        rows = rows_of(lake, process_id)
        complete = all(rows.get(tag, 0) >= rounds for tag in ("log", "metrics", "cpu"))
        if complete or time.monotonic() > deadline:
            return rows
        time.sleep(0.1)
