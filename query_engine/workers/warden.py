"""
The parent of the worker processes: starts them, watches them, ends them, and tells of it.

It is a process of its own because it must never be late (the service shares its interpreter's lock
among all clients) and because only a process without threads may fork. It holds no data and loads
nothing but the standard library; workers load the engine after the fork. It ends when the service
does, and its workers end with it, whatever way either of them ends.
"""

import contextlib
import ctypes
import os
import resource
import select
import shutil
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from query_engine.limits import (
    SWOLLEN_BYTES_MAX,
    WATCH_SECONDS,
    WORKER_OPEN_FILES_MAX,
    WORKER_TEXT_BYTES_MAX,
)
from query_engine.workers import control
from query_engine.workers.control import Command, Report, Why
from query_engine.workers.usage import anonymous_bytes, read_bytes

_CONNECTION: Final = 3
"""Where a worker's socket lies; everything above is closed after the fork."""

_SET_PDEATHSIG: Final = 1
_USAGE_SECONDS: Final = 0.2
_SETTLED_SECONDS: Final = 0.8
"""How long the allocator of a worker at rest may take to give memory back."""

_KILLED_FIRST: Final = 800
"""What the kernel adds to the badness of workers when the machine runs out of memory."""


@dataclass(slots=True)
class Child:
    """
    A worker as its parent sees it.

    Attributes:
        fresh_bytes: Memory of its own that it had before its first plan.
        base_bytes: Memory that does not count to its plan: that, and a little that its allocator
            has kept since then.
        deadline: When to end it, monotonic seconds; 0 while it rests.
        settled_at: When to look whether it gave its memory back; 0 for never.
    """

    worker: int
    pid: int
    stderr: int
    spill: Path
    fresh_bytes: int = 0
    base_bytes: int = 0
    deadline: float = 0.0
    memory_bytes_max: int = 0
    memory_bytes: int = 0
    peak_bytes: int = 0
    read_before: int = 0
    told_at: float = 0.0
    settled_at: float = 0.0
    why: Why = ""


class Warden:
    """
    The loop.

    Args:
        service: Where orders come from and reports go to.
        spill: Directory in which each worker gets one of its own.
    """

    def __init__(self, service: socket.socket, spill: Path) -> None:
        self._service, self._spill = service, spill
        self._children: dict[int, Child] = {}
        self._wakeup, signalled = os.pipe()
        for end in (self._wakeup, signalled):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(signalled, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        """Serve until the service is gone, then end every worker."""
        try:
            self._serve()
        finally:
            for child in self._children.values():
                os.kill(child.pid, signal.SIGKILL)
            for child in self._children.values():
                os.waitpid(child.pid, 0)

    def _serve(self) -> None:
        poller = select.poll()
        poller.register(self._service, select.POLLIN)
        poller.register(self._wakeup, select.POLLIN)
        while True:
            for descriptor, _ in poller.poll(self._patience_ms()):
                if descriptor == self._wakeup:
                    os.read(self._wakeup, 4096)
                    self._reap()
                elif not self._obey():
                    return
            self._watch(time.monotonic())

    def _patience_ms(self) -> int | None:
        if any(child.deadline for child in self._children.values()):
            return int(WATCH_SECONDS * 1000)
        if any(child.settled_at for child in self._children.values()):
            return int(_SETTLED_SECONDS * 1000 / 3)
        return None

    def _obey(self) -> bool:
        """Carry one order out; False when nobody gives any more."""
        try:
            received = control.receive_command(self._service)
        except ConnectionError:
            return False
        if received is None:
            return False
        command, descriptors = received
        if command.order == "start":
            self._start(command.worker, descriptors[0])
            return True
        child = self._children.get(command.worker)
        if child is None:
            return True  # it has ended, which was told
        if command.order == "watch":
            self._begin(child, command)
        elif command.order == "rest":
            self._rest(child)
        else:
            self._end(child, "told")
        return True

    def _start(self, worker: int, connection: int) -> None:
        spill = self._spill / str(worker)
        spill.mkdir(mode=0o700)
        stderr = os.memfd_create("stderr")
        warden = os.getpid()
        pid = os.fork()
        if pid == 0:
            _become_worker(connection, stderr, spill, warden)
        os.close(connection)
        self._children[worker] = Child(worker, pid, stderr, spill)

    def _begin(self, child: Child, command: Command) -> None:
        now = time.monotonic()
        held = anonymous_bytes(child.pid)
        child.fresh_bytes = child.fresh_bytes or held
        child.base_bytes = min(held, child.fresh_bytes + SWOLLEN_BYTES_MAX)
        child.deadline, child.told_at = now + command.seconds, now
        child.memory_bytes_max = command.memory_bytes_max
        child.memory_bytes = child.peak_bytes = 0
        child.read_before, child.settled_at = read_bytes(child.pid), 0.0

    def _rest(self, child: Child) -> None:
        self._measure(child)
        child.deadline = 0.0
        child.settled_at = time.monotonic() + _SETTLED_SECONDS
        self._tell(child, "rested", said=_said(child.stderr))

    def _watch(self, now: float) -> None:
        """Look at every worker that runs a plan, and at those that should have given back."""
        for child in self._children.values():
            if child.deadline and not child.why:
                self._measure(child)
                if child.memory_bytes > child.memory_bytes_max:
                    self._end(child, "memory")
                elif now > child.deadline:
                    self._end(child, "time")
                elif now - child.told_at > _USAGE_SECONDS:
                    child.told_at = now
                    self._tell(child, "usage")
            elif child.settled_at and now > child.settled_at:
                child.settled_at, child.base_bytes = 0.0, child.fresh_bytes
                self._measure(child)
                self._tell(
                    child, "swollen" if child.memory_bytes > SWOLLEN_BYTES_MAX else "settled"
                )

    def _measure(self, child: Child) -> None:
        child.memory_bytes = max(0, anonymous_bytes(child.pid) - child.base_bytes)
        child.peak_bytes = max(child.peak_bytes, child.memory_bytes)

    def _end(self, child: Child, why: Why) -> None:
        # Only this process reaps it, so the pid cannot belong to anybody else yet.
        child.why = child.why or why
        os.kill(child.pid, signal.SIGKILL)

    def _reap(self) -> None:
        for child in list(self._children.values()):
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                del self._children[child.worker]
                self._tell(child, "ended", status=status, said=_said(child.stderr))
                os.close(child.stderr)
                shutil.rmtree(child.spill, ignore_errors=True)

    def _tell(self, child: Child, kind: control.Kind, status: int = 0, said: str = "") -> None:
        report = Report(
            kind,
            child.worker,
            memory_bytes=child.memory_bytes,
            peak_bytes=child.peak_bytes,
            read_bytes=max(0, read_bytes(child.pid) - child.read_before),
            why=child.why,
            status=status,
            said=said,
            pid=child.pid,
        )
        # A service that is gone is noticed by the loop.
        with contextlib.suppress(ConnectionError):
            control.send(self._service, report)


def _said(stderr: int) -> str:
    """Take what a worker has written since the last time, the end of it."""
    size = os.fstat(stderr).st_size
    if not size:
        return ""
    start = max(0, size - WORKER_TEXT_BYTES_MAX)
    text = os.pread(stderr, size - start, start).decode(errors="replace")
    os.ftruncate(stderr, 0)
    os.lseek(stderr, 0, os.SEEK_SET)  # the worker writes at this offset: it is shared
    return text


def _become_worker(connection: int, stderr: int, spill: Path, warden: int) -> None:
    """Turn the forked process into a worker; never returns."""
    code = 1
    try:
        ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != warden:
            return
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for descriptor in (1, 2):
            os.dup2(stderr, descriptor)
        os.dup2(connection, _CONNECTION)
        os.closerange(_CONNECTION + 1, WORKER_OPEN_FILES_MAX)
        Path("/proc/self/oom_score_adj").write_text(str(_KILLED_FIRST))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.environ["POLARS_OOC_SPILL_DIR"] = str(spill)
        from query_engine.workers.process import serve

        serve(socket.socket(fileno=_CONNECTION))
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Run as the service's child; the arguments are its socket and the directory for spilling."""
    # Ctrl-C and an init system's SIGTERM reach every process of the service, which drains first.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    Warden(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])).run()


if __name__ == "__main__":
    main()
