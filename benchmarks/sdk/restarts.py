"""
The receiver goes away and comes back while an application sends: what is lost, what comes twice.

Half of the times it is told to end, half of the times it is killed. The application keeps its pace
throughout; the lake's metadata must count every event once.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.report_lines import Line
from benchmarks.scratch_lake import ScratchLake, Service, scratch_lake
from benchmarks.sdk.arrived import rows_of
from stack.ports import free_port

EVENTS_PER_S = 20_000
AWAY_S = 0.5


def lines(restarts: int, seconds_between: float) -> Iterator[Line]:
    """Measure and yield: rows in the lake beside rows recorded, by kind."""
    port = free_port()
    with scratch_lake() as lake:
        with lake.ingest(port) as receiver:
            application = _started(receiver.url, restarts * (seconds_between + 4 * AWAY_S))
            time.sleep(seconds_between)
            _end(receiver, kill=True)
        for number in range(1, restarts):
            time.sleep(AWAY_S)
            with lake.ingest(port) as receiver:
                time.sleep(seconds_between)
                _end(receiver, kill=number % 2 == 0)
        time.sleep(AWAY_S)
        with lake.ingest(port):
            output, _ = application.communicate()
            told = json.loads(output)
            yield from _counted(lake, told, restarts)


def _started(url: str, seconds: float) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.sdk.paced", "flushed", "--endpoint", url]
    command += ["--seconds", str(seconds), "--events-per-s", str(EVENTS_PER_S)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _end(receiver: Service, *, kill: bool) -> None:
    if kill:
        receiver.process.kill()
    else:
        receiver.process.terminate()
    receiver.process.wait()


def _counted(lake: ScratchLake, told: dict[str, object], restarts: int) -> Iterator[Line]:
    stored = rows_of(lake, str(told["process_id"]))
    units = int(str(told["units"]))
    recorded = {"log": units, "cpu": 3 * units}
    for tag, rows in recorded.items():
        yield Line(
            name=f"sdk.restarts.{tag}",
            value=stored.get(tag, 0),
            unit="rows in the lake",
            peer="rows recorded",
            peer_value=rows,
            conditions={
                "restarts": restarts,
                "events_per_s": EVENTS_PER_S,
                "dropped": told["dropped"],
                "retries": told["retries"],
            },
        )
