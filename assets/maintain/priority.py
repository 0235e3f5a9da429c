"""Maintenance gives way: its threads get the processor when queries and increments leave it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_THREADS = "/proc/self/task"


@contextmanager
def giving_way(nice: int) -> Iterator[None]:
    """
    Run the block with all threads of this process at this nice value or a higher one.

    Threads that they start inherit it. Afterwards each is put back, where the system lets us: as a
    rule it does not, but then the process has nothing else to do. Outside of Linux nothing happens.
    """
    before: dict[int, int] = {}
    for thread in _threads():
        with suppress(ProcessLookupError):
            now = os.getpriority(os.PRIO_PROCESS, thread)
            if now < nice:
                os.setpriority(os.PRIO_PROCESS, thread, nice)
                before[thread] = now
    try:
        yield
    finally:
        usual = before.get(os.getpid())
        for thread in _threads() if usual is not None else []:
            with suppress(ProcessLookupError, PermissionError):
                os.setpriority(os.PRIO_PROCESS, thread, before.get(thread, usual or 0))


def _threads() -> list[int]:
    try:
        return [int(name) for name in os.listdir(_THREADS)]  # noqa: PTH208  (names, not paths)
    except FileNotFoundError:
        return []
