"""
Threads beside the program's own: none of them outlives the interpreter.

A thread that comes back from Arrow or gRPC while the interpreter is being taken down aborts the
process. So at exit each is told to end, and waited for.
"""

import atexit
import os
import time
from collections.abc import Callable
from threading import RLock, Thread

from limnograph.client.limits import STOP_SECONDS_MAX

_LOCK = RLock()
"""One that its holder may take again: the collector ends dropped results at any moment."""

_RUNNING: dict[Thread, Callable[[], object]] = {}


def start(name: str, work: Callable[[], object], end: Callable[[], object]) -> Thread:
    """
    Run *work* in a thread.

    Args:
        name: The thread's name.
        work: What to do.
        end: Makes *work* return soon; called at exit, from another thread.

    Raises:
        RuntimeError: The interpreter is ending.
    """

    def run() -> None:
        try:
            work()
        finally:
            with _LOCK:
                _RUNNING.pop(thread, None)

    thread = Thread(target=run, name=name, daemon=True)
    with _LOCK:
        _RUNNING[thread] = end
    try:
        thread.start()
    except RuntimeError:
        with _LOCK:
            _RUNNING.pop(thread, None)
        raise
    return thread


def end_all() -> None:
    """End every thread; give up on those that take long."""
    deadline = time.monotonic() + STOP_SECONDS_MAX
    with _LOCK:
        running = dict(_RUNNING)
    for end in running.values():
        end()
    for thread in running:
        thread.join(max(0.0, deadline - time.monotonic()))


atexit.register(end_all)
if hasattr(os, "register_at_fork"):
    # A child has none of the threads, and their connections are its parent's.
    os.register_at_fork(after_in_child=_RUNNING.clear)
