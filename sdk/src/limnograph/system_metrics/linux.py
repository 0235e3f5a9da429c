"""What /proc tells of the process and the machine on Linux."""

import os
from collections.abc import Iterator

from limnograph.facts.files import lines_of, start_of, value_in
from limnograph.system_metrics.reading import Reading

PROC = "/proc"

_KIB = 1024
_STATES = 8
_IDLE = (3, 4)
_IO = (("read", "read_bytes:"), ("write", "write_bytes:"))


def memory(proc: str = PROC) -> Iterator[Reading]:
    """Yield the process's memory, physical and virtual."""
    pages = start_of(f"{proc}/self/statm").split()
    if len(pages) < 2:
        return
    size = os.sysconf("SC_PAGE_SIZE")
    yield Reading("process.memory.usage", "By", int(pages[1]) * size)
    yield Reading("process.memory.virtual", "By", int(pages[0]) * size)


def threads(proc: str = PROC) -> Iterator[Reading]:
    """Yield the threads of the process, also those that Python knows nothing of."""
    count = value_in(f"{proc}/self/status", "Threads:")
    if count:
        yield Reading("process.thread.count", "{thread}", int(count))


def disk(proc: str = PROC) -> Iterator[Reading]:
    """Yield what the process read from disk and wrote to it; a container may not be told."""
    for direction, key in _IO:
        count = value_in(f"{proc}/self/io", key)
        if count:
            told = {"disk.io.direction": direction}
            yield Reading("process.disk.io", "By", int(count), True, told)


def machine_memory(proc: str = PROC) -> Iterator[Reading]:
    """Yield the machine's memory: what is used and what programs could have."""
    path = f"{proc}/meminfo"
    total, free = value_in(path, "MemTotal:"), value_in(path, "MemAvailable:")
    if total and free:
        total_bytes, free_bytes = (int(text.split()[0]) * _KIB for text in (total, free))
        used = total_bytes - free_bytes
        yield Reading("system.memory.usage", "By", used, False, {"system.memory.state": "used"})
        yield Reading(
            "system.memory.usage", "By", free_bytes, False, {"system.memory.state": "free"}
        )


class MachineLoad:
    """The part of the machine's processors that was busy since the last look."""

    def __init__(self, proc: str = PROC) -> None:
        self._proc = proc
        self._before = self._ticks()

    def __call__(self) -> Iterator[Reading]:
        """Yield it, from the second look on."""
        before, self._before = self._before, self._ticks()
        busy, total = (now - then for now, then in zip(self._before, before, strict=True))
        if total > 0:
            yield Reading("system.cpu.utilization", "1", busy / total)

    def _ticks(self) -> tuple[int, int]:
        """Return (busy, all) in the kernel's ticks."""
        first = next(lines_of(f"{self._proc}/stat"), "")
        ticks = [int(text) for text in first.split()[1 : 1 + _STATES]]
        return sum(ticks) - sum(ticks[at] for at in _IDLE if at < len(ticks)), sum(ticks)
