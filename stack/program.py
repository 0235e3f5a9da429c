"""
One part as a process of its own: started, watched, asked to stop, killed with all it started.

Rule: a part leads its own session, so that Ctrl-C reaches only us and its whole group can be
ended; and it carries the data directory's id in its environment, so that a later start
recognizes what a killed one left behind.
"""

import contextlib
import math
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.limits import LEFTOVER_STOP_S
from stack.log_lines import keep_small
from stack.process import ProcessIdentity, end_with_parent, identity_of, wait_until_ended

STACK_ID_VARIABLE = "LIMNO_STACK_ID"


@dataclass(frozen=True, kw_only=True, slots=True)
class PartSpec:
    """
    What a part is.

    Attributes:
        status: Says ``"ready"``, or why it is not; asked often, must not block for long.
        after: Parts that must be ready before this one is started the first time.
        once: It does its work and ends; ready means ended with code 0.
        stop_s_max: It has nothing to finish and may be killed this long after it was asked to stop.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    status: Callable[[], str]
    after: tuple[str, ...] = ()
    once: bool = False
    stop_s_max: float = math.inf


class Program:
    """A part that is a process of this machine; its output goes to ``<logs>/<name>.log``."""

    def __init__(self, spec: PartSpec, logs: Path) -> None:
        self.name = spec.name
        self.after = spec.after
        self.once = spec.once
        self.foundation = False
        self.stop_s_max = spec.stop_s_max
        self.log = logs / f"{spec.name}.log"
        self._spec = spec
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The pid of the part's first process while it runs."""
        return None if self._process is None or self.exit_code() is not None else self._process.pid

    def launch(self) -> None:
        """Start the process; call it from a thread that lives as long as the program."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._spec.command,
                env=dict(self._spec.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one prctl call
            )

    def exit_code(self) -> int | None:
        """
        Return how the process ended, None while it runs or before it was started.

        What it started and left behind is killed before its pid is given back to the system,
        so the process group is certainly still its own.
        """
        process = self._process
        if process is None:
            return None
        if process.returncode is None:
            ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None:
                return None
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()
        return process.returncode

    def status(self) -> str:
        """Say ``"ready"``, or why it is not."""
        return self._spec.status()

    def ask_to_stop(self) -> None:
        """Ask it to finish what it does and end."""
        if self._process is not None and self.exit_code() is None:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it and everything that it started, at once."""
        if self._process is not None and self.exit_code() is None:
            _signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def keep_log_small(self) -> None:
        """Put a large log aside; the part goes on writing to the same open file."""
        keep_small(self.log)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def leftovers(stack_id: str) -> list[ProcessIdentity]:
    """Return the processes that an earlier launcher of this data directory started."""
    wanted = f"{STACK_ID_VARIABLE}={stack_id}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile, or belongs to somebody else
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                identity = identity_of(int(entry.name))
                if identity is not None and identity.pid != os.getpid():
                    found.append(identity)
    return found


def end_leftovers(stack_id: str, *, patience_s: float = LEFTOVER_STOP_S) -> list[ProcessIdentity]:
    """End what :func:`leftovers` finds, gently first; return what was found."""
    found = leftovers(stack_id)
    for number, wait_s in ((signal.SIGTERM, patience_s), (signal.SIGKILL, 2.0)):
        for identity in leftovers(stack_id):
            with contextlib.suppress(ProcessLookupError):
                os.kill(identity.pid, number)
        if all(wait_until_ended(identity, wait_s) for identity in leftovers(stack_id)):
            break
    return found
