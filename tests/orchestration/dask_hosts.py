"""A dask scheduler and worker hosts: processes with nothing of ours but the code."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS_MAX = 120
STOP_SECONDS_MAX = 20


@dataclass(frozen=True)
class Host:
    """A running process."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path


@dataclass
class Hosts:
    """
    A scheduler, and the workers that were started beside it.

    Attributes:
        address: Where the scheduler listens.
        folder: Below it each host has a folder of its own.
    """

    address: str
    folder: Path
    running: ExitStack

    def worker(
        self,
        name: str,
        environ: Mapping[str, str],
        prefix: Sequence[str] = (),
        arguments: Sequence[str] = (),
    ) -> Host:
        """Start a worker of one thread that has nothing in its environment but *environ*."""
        command = [
            *(*prefix, sys.executable, "-m", "distributed.cli.dask_worker", self.address),
            *("--no-nanny", "--nthreads", "1", "--no-dashboard", "--name", name),
            *("--local-directory", str(self.folder / name / "scratch"), *arguments),
        ]
        return self.running.enter_context(_host(name, command, self.folder / name, environ))


@contextmanager
def hosts(folder: Path, address: str = "127.0.0.1") -> Iterator[Hosts]:
    """Run a scheduler at *address*, and end it and all workers."""
    told = folder / "scheduler.json"
    command = [
        *(sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", address),
        *("--port", "0", "--no-dashboard", "--scheduler-file", str(told)),
    ]
    with ExitStack() as running:
        scheduler = running.enter_context(_host("scheduler", command, folder / "scheduler", {}))
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not told.exists():
            assert scheduler.process.poll() is None, scheduler.log.read_text()
            assert time.monotonic() < deadline, scheduler.log.read_text()
            time.sleep(0.05)
        yield Hosts(json.loads(told.read_text())["address"], folder, running)


@contextmanager
def _host(
    name: str, command: list[str], folder: Path, environ: Mapping[str, str]
) -> Iterator[Host]:
    folder.mkdir(parents=True)
    plain = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "sdk" / "src")]),
        "POLARS_MAX_THREADS": "1",
        "DASK_DISTRIBUTED__WORKER__DAEMON": "True",
    }
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=plain | dict(environ), stdout=output, stderr=output
        )
    try:
        yield Host(name, process, log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
