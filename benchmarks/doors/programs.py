"""The servers as processes of their own, and what each has spent of the machine."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

import psutil

_SCHEDULED = 2
"""The kernel's clock of what a process has run, beside those of user and system time."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running server; *ports* as it has printed them."""

    process: psutil.Process
    ports: tuple[int, ...]

    def cpu_s(self) -> tuple[float, float]:
        """Return the CPU seconds of the process itself, and of all that it has started."""
        started = [self.process, *_started(self.process)]
        return _cpu_s(self.process), sum(map(_cpu_s, started[1:])) + sum(map(_ended_s, started))

    def memory_bytes(self) -> tuple[int, int]:
        """Return the resident memory of the process itself, and of all that it has started."""
        started = sum(_resident(child) for child in _started(self.process))
        return int(self.process.memory_info().rss), started


@contextmanager
def program(
    module: str, *arguments: object, environment: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Program]:
    """Run ``python -m module`` until the end of the block; its first line names its ports."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None, "it was asked for"
        try:
            ports = tuple(int(port) for port in process.stdout.readline().split())
            yield Program(psutil.Process(process.pid), ports)
        finally:
            process.kill()


def _cpu_s(process: psutil.Process) -> float:
    """Return the CPU seconds of a process, exactly; what psutil tells is rounded to 10 ms."""
    try:
        return time.clock_gettime((~process.pid << 3) | _SCHEDULED)
    except OSError:
        return 0.0


def _started(process: psutil.Process) -> list[psutil.Process]:
    """Return the descendants of a process; some may end meanwhile."""
    while True:
        with contextlib.suppress(psutil.NoSuchProcess):
            return process.children(recursive=True)
        if not process.is_running():
            return []


def _ended_s(process: psutil.Process) -> float:
    """Return the CPU seconds of the children of a process that have ended."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.children_user + times.children_system)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
