"""One worker process as the service sees it."""

import os
import re
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Literal

from assets.errors import LakeError
from query_engine.cancel import CancelToken
from query_engine.errors import ResourceExhausted, WorkerDied
from query_engine.workers.control import Report
from query_engine.workers.slots import SlotReader

_OUT_OF_MEMORY = re.compile(r"memory allocation of \d+ bytes failed|memory usage exceeded")


@dataclass(slots=True)
class Usage:
    """
    What one query uses, as far as it is known.

    Attributes:
        pid: The process that runs it; 0 before there is one.
        memory_bytes: Memory of it now, beyond what an idle worker has.
        peak_bytes: The most it was.
        read_bytes: Read from files so far.
    """

    pid: int = 0
    memory_bytes: int = 0
    peak_bytes: int = 0
    read_bytes: int = 0

    def update(self, report: Report) -> None:
        """Take what the warden has measured."""
        self.memory_bytes, self.read_bytes = report.memory_bytes, report.read_bytes
        self.peak_bytes = max(self.peak_bytes, report.peak_bytes)


class Task:
    """
    One query on a worker.

    Args:
        token: Says whether it may go on.
        memory_bytes_max: What it may use.
        on_stopped: Called once, when the worker no longer works for it.

    Attributes:
        usage: What it uses.
        ended: The report of the worker's end, if it ended while it had this task.
        slots: Where its batches lie, which can be read when the worker is gone.
    """

    def __init__(
        self, token: CancelToken, memory_bytes_max: int, on_stopped: Callable[[], None]
    ) -> None:
        self.token, self.memory_bytes_max = token, memory_bytes_max
        self._on_stopped = on_stopped
        self.usage = Usage()
        self.ended: Report | None = None
        self.slots: SlotReader | None = None
        self._stopped = Event()

    def stop(self, report: Report) -> None:
        """The worker rests or is gone: nothing works for this task any more."""
        if report.kind == "ended":
            self.ended = report
        # Otherwise token and task held each other, and the worker's memory, until a collection.
        self.token.on_cancel(_nothing)
        self._stopped.set()
        self._on_stopped()

    def wait_stopped(self, seconds: float) -> None:
        """Wait until nothing works for it, at most *seconds*."""
        self._stopped.wait(seconds)


State = Literal["starting", "idle", "busy", "resting", "cooling", "ended"]
"""A cooling worker waits until its allocator has given memory back."""


@dataclass(eq=False)
class Worker:
    """
    A worker; its pool guards the fields.

    Attributes:
        number: Its name between service and warden.
        socket: The service's end.
        plans: How many it has run.
        leaving: Why the pool lets it go, if it does.
        slots: Its memory for batches, from when it is ready until it has ended.
    """

    number: int
    socket: socket.socket
    state: State = "starting"
    pid: int = 0
    plans: int = 0
    leaving: str = ""
    task: Task | None = None
    slots: SlotReader | None = None


def _nothing() -> None:
    """What is left to do when the query of a task that has stopped is cancelled."""


def cause_of_end(task: Task) -> LakeError:
    """Return why the worker of *task* is gone, for the query's client."""
    report = task.ended
    if report is None:
        return WorkerDied("the process that ran the query ended without a word")
    if report.why == "time":
        return task.token.time_limit
    if report.why == "memory":
        return _too_much(task)
    if os.WIFSIGNALED(report.status):
        number = os.WTERMSIG(report.status)
        if number == signal.SIGABRT and _OUT_OF_MEMORY.search(report.said):
            return _too_much(task)
        how = f"signal {signal.Signals(number).name}"
        if number == signal.SIGKILL:
            how += ", by hand or because the machine ran out of memory"
    else:
        how = f"exit code {os.WEXITSTATUS(report.status)}"
    return WorkerDied(f"the process that ran the query ended unexpectedly ({how})")


def _too_much(task: Task) -> ResourceExhausted:
    megabytes = task.memory_bytes_max >> 20
    return ResourceExhausted(
        f"the query needs more memory than the {megabytes} MiB that one query may use (setting "
        "memory_bytes_max); ask for a shorter range or fewer columns, aggregate before joining or "
        "sorting, or add a LIMIT"
    )
