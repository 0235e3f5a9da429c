"""
Maintenance and builds in processes that are killed (SIGKILL) right before the nth change that they
make.

A change is a file that is linked, renamed or deleted, by whatever library (``doom.c``), and SQL
that may write. ``python -m tests.exactness.doomed`` forks a process for each line that it reads, so
that each dies a real death and none has to import anything.
"""

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from assets.maintain.catalog import task_named
from assets.maintain.task import Site, run
from assets.materialize import materialize
from assets.storage.lake import open_lake
from assets.storage.settings import LakeSettings
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN, view_named
from benchmarks.soak.changes import with_change

SOURCE = Path(__file__).with_name("doom.c")
TOP = Path(__file__).parents[2]
NEVER = 1_000_000
READS = ("SELECT", "SET", "SHOW")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: killed, or with its failed steps (none if all is well)."""

    killed: bool
    failed: tuple[str, ...]


def compiled(folder: Path) -> Path:
    """Return ``doom.c`` as a library."""
    library = folder / "doom.so"
    command = ["cc", "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"]
    subprocess.run(command, check=True)
    return library


class Doomed:
    """The program that runs tasks until they are killed; ``close`` when done."""

    def __init__(self, library: Path) -> None:
        paths = [str(TOP), str(TOP / "sdk" / "src"), os.environ.get("PYTHONPATH", "")]
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.exactness.doomed"],
            env={**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, task: str, *, after: int = NEVER, **told: Any) -> Ended:
        """Run a task as told; it dies right before its change number ``after + 1``."""
        return self._ended({"task": task, "after": after, **told})

    def build(self, view: str, process_id: str, *, after: int, lake: Mapping[str, str]) -> Ended:
        """Build a view's table of one process, likewise."""
        wanted = {"view": view, "process_id": process_id, "after": after, "lake": lake}
        return self._ended(wanted)

    def _ended(self, wanted: Mapping[str, Any]) -> Ended:
        assert self._program.stdin is not None, "a pipe was asked for"
        assert self._program.stdout is not None, "a pipe was asked for"
        self._program.stdin.write(json.dumps(wanted, default=str) + "\n")
        self._program.stdin.flush()
        answer = self._program.stdout.readline()
        assert answer, "the program that forks has ended"
        ended = json.loads(answer)
        return Ended(ended["killed"], tuple(ended["failed"]))

    def close(self) -> None:
        """End it."""
        self._program.kill()
        self._program.communicate()


def main() -> None:
    """Fork a process for each line of JSON, and answer with a line how it ended."""
    for line in sys.stdin:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            _ended(json.loads(line), writer)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            failed = pipe.read()
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        print(json.dumps({"killed": killed, "failed": json.loads(failed or "[]")}), flush=True)


def _ended(wanted: Mapping[str, Any], writer: int) -> None:
    """Do what is wanted and tell what failed; never returns."""
    try:
        failed = _failed(wanted)
    except BaseException as error:
        failed = [f"{type(error).__name__}: {error}"]
    os.write(writer, json.dumps(failed).encode())
    os._exit(0)


def _failed(wanted: Mapping[str, Any]) -> list[str]:
    """Do it, doomed from its plan on; return the steps that failed."""
    doom = ctypes.CDLL(None)
    _count_writing(doom)
    lake_settings = LakeSettings(**wanted["lake"])
    if "view" in wanted:
        with open_lake(lake_settings, pool_size=4) as lake:
            doom.doom_arm(ctypes.c_long(wanted["after"]))
            view = view_named(wanted["view"])
            materialize(lake, view, TableCache(), process_id=wanted["process_id"])
            doom.doom_arm(ctypes.c_long(-1))
        return []
    task = task_named(wanted["task"])
    settings = task.settings(**wanted.get("settings", {}))
    views = BUILT_IN
    for name in wanted.get("changed", []):
        views = with_change(views, name, retype=False)
    with open_lake(lake_settings, pool_size=4) as lake:
        site = Site(lake, TableCache(), datetime.fromisoformat(wanted["now"]), views)
        doom.doom_arm(ctypes.c_long(wanted["after"]))
        outcome = run(task, site, settings, dry_run=False)
        doom.doom_arm(ctypes.c_long(-1))
    return [f"{step.subject}: {error!r}" for step, error in outcome.failed]


def _count_writing(doom: ctypes.CDLL) -> None:
    """Count each statement that may write, and each transaction that commits, as a change."""
    execute, leave = psycopg.Cursor.execute, psycopg.Transaction.__exit__

    def counted(self: Any, query: Any, *rest: Any, **more: Any) -> Any:
        if not str(query).lstrip().upper().startswith(READS):
            doom.doom_step()
        return execute(self, query, *rest, **more)

    def counted_leave(self: Any, *error: Any) -> Any:
        doom.doom_step()
        return leave(self, *error)

    psycopg.Cursor.execute = counted  # type: ignore[method-assign]
    psycopg.Transaction.__exit__ = counted_leave  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
