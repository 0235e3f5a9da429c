"""
The CPythons of this machine, and environments of their own into which the package is installed.

LIMNO_TEST_PYTHONS may name more interpreters, separated as in PATH. What is absent is skipped.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SDK = Path(__file__).resolve().parents[3] / "sdk"
NAMES = tuple(f"python3.{minor}{kind}" for minor in (11, 12, 13, 14) for kind in ("", "t"))
INSTALL_SECONDS_MAX = 300

_ASK = """
import json, os, sys, sysconfig
header = os.path.join(sysconfig.get_path("include"), "Python.h")
print(json.dumps([
    list(sys.version_info[:2]), bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    os.path.exists(header), sys.implementation.name,
]))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that runs; *headers* says whether an extension can be compiled for it."""

    path: str
    version: tuple[int, int]
    free_threaded: bool
    headers: bool

    def __str__(self) -> str:
        return f"{self.version[0]}.{self.version[1]}{'t' if self.free_threaded else ''}"

    @property
    def native(self) -> bool:
        """Whether the C recorder is for it, and can be compiled here."""
        compiler = any(shutil.which(name) for name in ("cc", "gcc", "clang"))
        known = (3, 11) <= self.version <= (3, 14) and not self.free_threaded
        return known and self.headers and compiler and sys.platform in {"linux", "darwin"}


def found() -> list[Interpreter]:
    """Return one interpreter of each version; that of the tests themselves comes first."""
    known: dict[str, Interpreter] = {}
    for path in _candidates():
        interpreter = _asked(path)
        if interpreter is not None:
            known.setdefault(str(interpreter), interpreter)
    return list(known.values())


def _candidates() -> Iterator[str]:
    yield sys.executable
    yield from filter(None, os.environ.get("LIMNO_TEST_PYTHONS", "").split(os.pathsep))
    for name in NAMES:
        path = shutil.which(name)
        if path:
            yield path
    yield from map(str, sorted(Path.home().glob(".pyenv/versions/3.*/bin/python")))


@cache
def _asked(path: str) -> Interpreter | None:
    command = [path, "-I", "-c", _ASK]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        version, free_threaded, headers, implementation = json.loads(done.stdout)
    except (OSError, ValueError):
        return None
    if implementation != "cpython" or version < [3, 11]:
        return None
    return Interpreter(path, (version[0], version[1]), free_threaded, headers)


class Environment:
    """An empty environment of an interpreter; nothing of ours is in it until it is installed."""

    def __init__(self, root: Path, interpreter: Interpreter) -> None:
        self.python = str(root / "bin" / "python")
        self._uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
        if self._uv:
            run([self._uv, "venv", "-q", "--seed", "--python", interpreter.path, str(root)])
        else:
            run([interpreter.path, "-m", "venv", str(root)])

    def install(self, *what: str, **environ: str) -> str:
        """Install with pip, as a user does; returns what pip said."""
        pip = [self.python, "-m", "pip", "install", "--disable-pip-version-check", "-v"]
        return run([*pip, *what], **environ)


def run(command: list[str], cwd: Path | None = None, **environ: str) -> str:
    """Run a program that must succeed; nothing of ours is on its path."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LIMNO_", "PYTHON", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**inherited, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=INSTALL_SECONDS_MAX,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}"
    return done.stdout
