"""
Which process is that: identities that survive pid reuse, and children that end with us.

Rule: a pid alone proves nothing. Everything that may signal a process found in a file
compares its start time, its command or its working directory first.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One run of one process: the pid, when it started (clock ticks) and in which boot."""

    pid: int
    started_ticks: int
    boot_id: str


def identity_of(pid: int) -> ProcessIdentity | None:
    """Return who *pid* is now, or None when no such process runs (a zombie counts as ended)."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
        boot_id = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    # The command in parentheses may hold spaces and parentheses: fields are counted after the last.
    fields = text.rpartition(")")[2].split()
    state, started_ticks = fields[0], int(fields[19])
    if state in {"Z", "X"}:
        return None
    return ProcessIdentity(pid, started_ticks, boot_id)


def is_running(identity: ProcessIdentity) -> bool:
    """Tell whether that very run of that process is still going."""
    return identity_of(identity.pid) == identity


def command_of(pid: int) -> list[str]:
    """Return the command line of *pid*, empty when it cannot be read."""
    try:
        raw = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return []
    return [part.decode(errors="replace") for part in raw.split(b"\0") if part]


def working_directory_of(pid: int) -> Path | None:
    """Return the directory that *pid* works in, None when it cannot be read."""
    try:
        return (_PROC / str(pid) / "cwd").readlink()
    except OSError:
        return None


def working_in(directory: Path) -> list[int]:
    """Return the pids of running processes whose working directory is *directory*."""
    pids = [int(entry.name) for entry in _PROC.glob("[0-9]*")]
    real = directory.resolve()
    return [pid for pid in pids if working_directory_of(pid) == real and identity_of(pid)]


def end_with_parent(signal_number: signal.Signals) -> Callable[[], None]:
    """
    Return a ``preexec_fn`` that makes the kernel send *signal_number* when the parent dies.

    The child also listens to SIGTERM and SIGINT as programs do by default: what its parent
    ignores or blocks would be inherited, and a part that cannot be asked to stop must be killed.
    The kernel watches the thread that forked, so children must be started from a thread
    that lives as long as the program (the main thread). Elsewhere than on Linux it does
    nothing, and what is left over is recovered at the next start.
    """
    parent = os.getpid()

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        if _LIBC is None:
            return
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
        if os.getppid() != parent:  # it died between fork and prctl
            os.kill(os.getpid(), signal_number)

    return prepare


def wait_until_ended(identity: ProcessIdentity, timeout_s: float) -> bool:
    """Wait for a process that need not be our child; True when it has ended in time."""
    deadline = time.monotonic() + timeout_s
    while is_running(identity):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True
