"""Reading the parts' log files while they are written: the errors as they come, the last lines."""

import contextlib
import os
import re
import shutil
from pathlib import Path

from stack.limits import ERROR_LINES_MAX, ERROR_WINDOW_S, LOG_BYTES_MAX

_READ_BYTES_MAX = 1024 * 1024
_IS_ERROR = re.compile(r"\b(ERROR|CRITICAL|FATAL|PANIC)\b|^[\w.]*(Error|Exception): ")
_IS_NOISE = re.compile(
    r"\bWARNING\b|the database system is (starting up|not yet accepting connections|shutting down)"
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def size(log: Path) -> int:
    """Return how long a log is now, bytes; 0 when there is none."""
    return log.stat().st_size if log.exists() else 0


def tail(log: Path, lines: int = 20, *, since: int = 0) -> str:
    """
    Return the last *lines* of a log, a note when there is none.

    *since* is the log's size when what matters began: what an earlier run said is left out.
    """
    try:
        data = log.read_bytes()
    except FileNotFoundError:
        return "(no log)"
    added = data[since:] if since <= len(data) else data  # else it was put aside and begun again
    return "\n".join(added.decode(errors="replace").splitlines()[-lines:]) or "(empty)"


def keep_small(log: Path) -> None:
    """Put a log over the limit aside as ``<name>.log.1``; its writer goes on in the same file."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_BYTES_MAX:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)


def is_error(line: str) -> bool:
    """Tell whether a line of a log is worth showing: an error, and no mere echo of a restart."""
    return bool(_IS_ERROR.search(line)) and not _IS_NOISE.search(line)


class ErrorLines:
    """The error lines that are added to a log from now on, at most so many at a time."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._position = size(log)
        self._window_begin_s = float("-inf")
        self._shown = 0
        self._hidden = 0

    def new(self, now_s: float) -> list[str]:
        """Return what has been added since the last call; *now_s* is a monotonic time."""
        lines = [line for line in self._added() if is_error(line)]
        if not lines:
            return []
        if now_s - self._window_begin_s >= ERROR_WINDOW_S:
            self._window_begin_s, self._shown = now_s, 0
        room = max(0, ERROR_LINES_MAX - self._shown)
        shown = lines[:room]
        if self._hidden and shown:
            shown.insert(0, f"({self._hidden} more error lines are in {self._log})")
            self._hidden = 0
        self._shown += min(room, len(lines))
        self._hidden += len(lines) - min(room, len(lines))
        return shown

    def _added(self) -> list[str]:
        try:
            length = self._log.stat().st_size
        except FileNotFoundError:
            return []
        if length < self._position:  # it was put aside and begun again
            self._position = 0
        if length == self._position:
            return []
        with self._log.open("rb") as file:
            file.seek(self._position)
            data = file.read(_READ_BYTES_MAX)
        whole = data.rpartition(b"\n")[0]
        if not whole and len(data) < _READ_BYTES_MAX:
            return []  # the line is still being written
        self._position += len(whole) + 1 if whole else len(data)
        text = _COLOUR.sub("", (whole or data).decode(errors="replace"))
        return text.splitlines()
