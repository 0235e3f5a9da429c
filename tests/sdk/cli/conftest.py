"""The command as a person or a script starts it, the real doors, and terminals."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.sdk.cli.real_lake import query
from tests.sdk.client.conftest import Gate, flight_uri, gate, http_uri, service

__all__ = ["Gate", "flight_uri", "gate", "http_uri", "query", "service"]

ROOT = Path(__file__).resolve().parents[3]
COMMAND = (sys.executable, "-m", "limnograph.cli")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without profiles, and no variable that says where queries go."""
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith(("LIMNO_", "XDG_"))]:
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONIOENCODING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{ROOT / 'sdk/src'}")
    return home


class Terminal:
    """
    The command on a terminal of its own.

    Args:
        arguments: What is typed after ``limno``.
        columns: Width of the terminal.
        environ: Variables on top of the test's.
    """

    def __init__(
        self, arguments: Sequence[str], columns: int = 80, environ: Mapping[str, str] | None = None
    ) -> None:
        self._ours, theirs = pty.openpty()
        import fcntl
        import struct
        import termios

        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self._process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, close_fds=True,
            env={**os.environ, **(environ or {})}, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._seen = b""

    @property
    def pid(self) -> int:
        """The command's process."""
        return self._process.pid

    def read_until(self, wanted: Callable[[str], bool], seconds: float = 60.0) -> str:
        """Return what was shown once it is what is wanted, or the command has ended."""
        deadline = time.monotonic() + seconds
        while not wanted(self.shown):
            assert time.monotonic() < deadline, self.shown
            ready, _, _ = select.select([self._ours], [], [], 0.1)
            if ready:
                try:
                    data = os.read(self._ours, 65536)
                except OSError:  # Linux's way to say that the other side has gone
                    return self.shown
                self._seen += data
            elif self._process.poll() is not None:
                return self.shown
        return self.shown

    @property
    def shown(self) -> str:
        """What was shown so far."""
        return self._seen.decode("utf-8", "replace").replace("\r\n", "\n")

    def end(self, seconds: float = 60.0) -> tuple[int, str, str]:
        """Return exit code, what was shown, and what stderr got."""
        self.read_until(lambda _: False, seconds)
        assert self._process.stderr is not None
        error = self._process.stderr.read().decode()
        return self._process.wait(seconds), self.shown, error

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """Let go of everything."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(30)
        assert self._process.stderr is not None
        self._process.stderr.close()
        os.close(self._ours)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """Return what starts the command on a terminal."""
    started: list[Terminal] = []

    def start(*arguments: str, columns: int = 80, **environ: str) -> Terminal:
        started.append(Terminal(arguments, columns, environ))
        return started[-1]

    yield start
    for one in started:
        one.close()


Limno = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def limno() -> Limno:
    """Return what runs the command as a process of its own."""

    def run(*arguments: str, **options: object) -> "subprocess.CompletedProcess[str]":
        given = {"capture_output": True, "text": True, "timeout": 120, **options}
        if "input" not in given:
            given["stdin"] = subprocess.DEVNULL
        return subprocess.run([*COMMAND, *arguments], check=False, **given)

    return run
