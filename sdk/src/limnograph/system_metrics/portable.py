"""What the standard library tells on most systems: processor time, faults, threads."""

import os
import sys
import threading
from collections.abc import Iterator

from limnograph.system_metrics.reading import Reading


def usage() -> Iterator[Reading]:
    """Yield processor time, context switches and page faults, as far as the system counts them."""
    if sys.platform == "win32":
        times = os.times()
        yield _cpu("user", times.user)
        yield _cpu("system", times.system)
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    yield _cpu("user", used.ru_utime)
    yield _cpu("system", used.ru_stime)
    for kind, switches in (("voluntary", used.ru_nvcsw), ("involuntary", used.ru_nivcsw)):
        told = {"process.context_switch.type": kind}
        yield Reading("process.context_switches", "{context_switch}", switches, True, told)
    for kind, faults in (("minor", used.ru_minflt), ("major", used.ru_majflt)):
        told = {"system.paging.fault.type": kind}
        yield Reading("process.paging.faults", "{fault}", faults, True, told)


def threads() -> Iterator[Reading]:
    """Yield the threads that Python knows of."""
    yield Reading("process.thread.count", "{thread}", threading.active_count())


def open_files(folder: str = "/dev/fd") -> Iterator[Reading]:
    """Yield how many files are open, where the system lists them."""
    try:
        count = os.stat(folder).st_size or len(os.listdir(folder)) - 1  # noqa: PTH116, PTH208
    except OSError:
        return
    yield Reading("process.unix.file_descriptor.count", "{file_descriptor}", count)


def _cpu(mode: str, seconds: float) -> Reading:
    return Reading("process.cpu.time", "s", seconds, True, {"cpu.mode": mode})
