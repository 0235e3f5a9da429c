"""Programs that use the SDK, each in an interpreter of its own, for tests of how they end."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping
from pathlib import Path

TIMEOUT_S = 60.0


def start(program: str, *args: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen:
    """Start a program; its outputs are pipes of text."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program), *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environ or {})},
    )


def run(program: str, *args: str, returncode: int = 0, **environ: str) -> tuple[str, str]:
    """Run a program to its end; return what it wrote on stdout and stderr."""
    process = start(program, *args, environ=environ)
    out, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == returncode, err
    return out, err


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition that must come true."""
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def request_files(root: Path) -> list[Path]:
    """Return the request files below a state or spool directory."""
    return sorted(
        Path(where, name)
        for where, _, names in os.walk(root)  # passes over what is removed meanwhile
        for name in names
        if name.endswith(".req")
    )
