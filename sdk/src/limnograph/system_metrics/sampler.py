"""Which numbers are read, when, and how they become rows of ``measures``."""

import os
import sys
import threading
import time
from collections.abc import Iterator

from limnograph import faults
from limnograph.limits import SYSTEM_METRICS_INTERVAL_S
from limnograph.recorder import Metric
from limnograph.system_metrics import collection, linux, portable
from limnograph.system_metrics.reading import Reading, Source

_TARGET = "limnograph.system_metrics"


class Sampler:
    """Reads and records the numbers of one process; of two threads at once, one does."""

    def __init__(self, interval_s: float = SYSTEM_METRICS_INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._looking = threading.Lock()
        self._looked_s, self._used_s = time.monotonic(), time.process_time()
        self._due_s = self._looked_s + interval_s
        self._pauses = collection.Pauses()
        self._sources = _sources(self._pauses)
        self._before: dict[tuple[str, tuple[str, ...]], float] = {}
        self._metrics: dict[str, Metric] = {}
        self._taken = False

    def begin(self) -> None:
        """Measure what cannot be read afterwards."""
        self._pauses.watch()

    def sample_if_due(self) -> None:
        """Read and record when the interval has passed."""
        if time.monotonic() >= self._due_s:
            self.sample()

    def abandon(self) -> None:
        """Leave, in the child of a fork, what belongs to the parent's sampler."""
        self._pauses.stop()

    def end(self) -> None:
        """Measure no more; what grew since the last look is told, if there was one."""
        self._pauses.stop()
        if self._taken:
            self.sample()

    def sample(self) -> None:
        """Read and record now."""
        if self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()

    def _look(self) -> None:
        now_s, used_s = time.monotonic(), time.process_time()
        self._due_s, self._taken = now_s + self._interval_s, True
        for reading in self._readings():
            value = self._told(reading)
            if value or not reading.grows:
                self._record(reading, value)
        elapsed_s, self._looked_s = now_s - self._looked_s, now_s
        used_s, self._used_s = used_s - self._used_s, used_s
        if elapsed_s > 0:
            share = used_s / elapsed_s / _processors()
            self._record(Reading("process.cpu.utilization", "1", share), share)

    def _readings(self) -> Iterator[Reading]:
        for source in self._sources:
            try:
                yield from source()
            except Exception as exc:
                faults.count(exc)

    def _told(self, reading: Reading) -> float:
        if not reading.grows:
            return reading.value
        key = (reading.name, tuple(reading.properties.values()))
        before = self._before.get(key, 0.0)
        self._before[key] = reading.value
        return max(0.0, reading.value - before)

    def _record(self, reading: Reading, value: float) -> None:
        metric = self._metrics.get(reading.name)
        if metric is None:
            metric = Metric(reading.name, reading.unit, _TARGET, "", 0)
            self._metrics[reading.name] = metric
        metric.record(float(value), **reading.properties)


def sample() -> None:
    """Read and record every number once, now; what grows is told since the process began."""
    Sampler().sample()


def _sources(pauses: collection.Pauses) -> tuple[Source, ...]:
    common = (portable.usage, portable.open_files, collection.counts, pauses.readings)
    if sys.platform == "linux":
        load = linux.MachineLoad()
        return (*common, linux.memory, linux.threads, linux.disk, linux.machine_memory, load)
    return (*common, portable.threads)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
