"""
What a second worker of a dask cluster gains: a rebuild of many slices by one and by two.

Twice: with a bucket whose every request takes as long as a far one's, so that workers mostly wait;
and on the local disk, so that they mostly compute. Workers are processes of one thread, and the
rebuild is what Dagster's run would do. Two cores that others use cannot double what computes.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from distributed import LocalCluster

from assets.storage.lake import Lake, open_lake
from assets.storage.layout import Slice
from assets.storage.tables import TableCache
from assets.views.catalog import view_named
from benchmarks.bucket import bucket_lake
from benchmarks.report_lines import Line, arguments, cpu_seconds, emit
from benchmarks.scratch_lake import ScratchLake, scratch_lake
from benchmarks.sent_traffic import send_traffic
from orchestration.cluster.dask_place import DaskPlace, dask_place
from orchestration.cluster.worker import perform  # noqa: F401  (what workers import first)
from orchestration.open_lake import OpenLake
from orchestration.slice_work import build_at

VIEW = view_named("log_entries")
DELAY_S = 0.05
QUICK_DELAY_S = 0.02
READY_S = 60


def main() -> None:
    """Measure and print."""
    quick = arguments(__doc__).quick
    slices, rows = (4, 1_000) if quick else (16, 5_000)
    delay_s = QUICK_DELAY_S if quick else DELAY_S
    with bucket_lake(delay_s) as (lake, _):
        _compared("io_bound", lake, slices, rows, {"request_delay_s": delay_s})
    with scratch_lake() as lake:
        _compared("cpu_bound", lake, slices, rows * (8 if quick else 20), {})


def _compared(
    name: str, lake: ScratchLake, slices: int, rows: int, conditions: dict[str, object]
) -> None:
    send_traffic(lake, slices, rows)
    with open_lake(lake.settings) as opened:
        hours = _spread(opened, slices)
        at = OpenLake(opened, TableCache())
        walls, cpus = {}, {}
        for workers in (1, 2):
            with _cluster(lake, workers) as (address, processes), dask_place(address, at) as place:
                place.wait_for(workers)
                _build(place, hours[:workers], len(hours[:workers]))  # imports, first connections
                before = sum(map(cpu_seconds, processes))
                walls[workers] = _build(place, hours, len(hours))
                cpus[workers] = sum(map(cpu_seconds, processes)) - before
    emit(
        Line(
            name=f"scale.{name}",
            value=walls[2] / slices,
            unit="s/slice",
            peer="the same by one worker",
            peer_value=walls[1] / slices,
            conditions={
                "slices": slices,
                "rows": slices * rows,
                "speed_up": round(walls[1] / walls[2], 2),
                "worker_cpu_s": [round(cpus[1], 2), round(cpus[2], 2)],
                **conditions,
            },
        )
    )


def _build(place: DaskPlace, hours: list[Slice], expected: int) -> float:
    start = time.perf_counter()
    outcome = build_at(place, VIEW, hours, "rebuild")
    assert len(outcome.done) == expected, outcome.failed
    return time.perf_counter() - start


def _spread(lake: Lake, slices: int) -> list[Slice]:
    """Let the log blocks have arrived in as many hours of one day as there are."""
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    hours = [day + timedelta(hours=n) for n in range(slices)]
    with lake.connection() as conn:
        ids = conn.execute("SELECT block_id FROM blocks WHERE tags = '{log}'").fetchall()
        for n, (block_id,) in enumerate(ids):
            conn.execute(
                "UPDATE blocks SET insert_time = %s WHERE block_id = %s",
                (hours[n % slices] + timedelta(minutes=1), block_id),
            )
    return [Slice(hour) for hour in hours]


@contextmanager
def _cluster(lake: ScratchLake, workers: int) -> Iterator[tuple[str, list[psutil.Process]]]:
    """Run a scheduler, and workers of one thread that know only where the lake is."""
    environment = lake.environ() | {
        "POLARS_MAX_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PATH": os.environ["PATH"],
        "HOME": str(lake.folder),
    }
    with (
        LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0", silence_logs=40) as scheduler,
        ExitStack() as running,
    ):
        address = scheduler.scheduler_address
        found = [
            running.enter_context(_worker(address, lake.folder, environment))
            for _ in range(workers)
        ]
        yield address, found


@contextmanager
def _worker(address: str, folder: Path, environment: dict[str, str]) -> Iterator[psutil.Process]:
    command = [
        *(sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny"),
        *("--nthreads", "1", "--no-dashboard", "--local-directory", str(folder)),
    ]
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(READY_S)


if __name__ == "__main__":
    main()
