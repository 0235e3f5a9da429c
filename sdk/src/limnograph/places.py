"""
Directories that belong to one process each, below one of its service.

``<root>/<service>/<process id>/`` holds request files, what the recorder maps, ``process.json``,
and ``lock``: locked as long as the process lives, by which the dead are told from the living. What
the lock file contains says how far the process came.

Rule: nobody but the holder of the lock touches what is in such a directory.
"""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import quote

try:
    import fcntl
except ImportError:  # a system without it keeps nothing in files
    fcntl = None  # type: ignore[assignment]

LOCK = "lock"

BEGUN, RECORDED, ENDED, TOLD = "begun", "recorded", "ended", "told"
"""
What a lock file contains: nothing was recorded yet; something was; the process ended orderly;
another has written what this one did not get to.
"""

_UNFINISHED_S_MAX = 3600.0
"""Seconds after which a directory without a lock is no longer one that is being made or removed."""

_MARK_BYTES = 64


class Unusable(Exception):
    """A directory that cannot serve; the text says why."""


def default_root() -> str:
    """
    Return the directory in memory for what a crash must not take along; "" without any.

    Its name carries the user, since everybody may write beside it.
    """
    if fcntl is None or not hasattr(os, "getuid"):
        return ""
    if os.path.isdir("/dev/shm"):  # noqa: PTH112, S108 - made private below
        return f"/dev/shm/limnograph-{os.getuid()}"  # noqa: S108
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return f"{runtime}/limnograph" if runtime else ""


def service_directory(root: str, service: str) -> str:
    """Return the directory of *service* below *root*."""
    name = quote(service, safe=" ")[:200]
    return f"{root}/{'%2E' + name[1:] if name.startswith('.') else name}"


class Mark(NamedTuple):
    """How far a process came, how many events its log had, when it was last seen (Unix seconds)."""

    how_far: str
    log_rows: int
    seen_s: float


class Place:
    """One process's directory, locked."""

    def __init__(self, path: str, lock: int) -> None:
        self.path = path
        self._lock = lock
        self._marked = ""

    def mark(self, how_far: str, log_rows: int) -> None:
        """Note how far the process came, and when: the time of the note is that of the file."""
        text = f"{how_far} {log_rows}"
        if text != self._marked:
            os.pwrite(self._lock, text.ljust(_MARK_BYTES).encode(), 0)
            self._marked = text
        else:
            os.utime(self._lock)

    def marked(self) -> Mark:
        """Return what was noted last."""
        how_far, _, log_rows = os.pread(self._lock, _MARK_BYTES, 0).decode().strip().partition(" ")
        rows = int(log_rows) if log_rows.isdigit() else 0
        return Mark(how_far or BEGUN, rows, os.fstat(self._lock).st_mtime)

    def files(self, suffix: str) -> list[str]:
        """Return the paths of its files with that ending, in the order of their names."""
        names = os.listdir(self.path)  # noqa: PTH208
        return sorted(f"{self.path}/{name}" for name in names if name.endswith(suffix))  # fmt: skip

    def files_beginning(self, starts: tuple[str, ...]) -> list[str]:
        """Return the paths of its files whose names begin with one of *starts*."""
        names = os.listdir(self.path)  # noqa: PTH208
        return [f"{self.path}/{name}" for name in names if name.startswith(starts)]

    def size(self, suffix: str) -> int:
        """Return the bytes of its files with that ending."""
        return sum(os.stat(path).st_size for path in self.files(suffix))  # noqa: PTH116

    def clear(self, starts: tuple[str, ...]) -> None:
        """Delete the files whose names begin with one of *starts*."""
        for path in self.files_beginning(starts):
            os.unlink(path)  # noqa: PTH108

    def remove(self) -> None:
        """Delete it and all that is in it; the lock last, so that nobody else begins with it."""
        names = sorted(os.listdir(self.path), key=lambda name: name == LOCK)  # noqa: PTH208
        for name in names:
            os.unlink(f"{self.path}/{name}")  # noqa: PTH108
        os.rmdir(self.path)  # noqa: PTH106
        self.leave()

    def leave(self) -> None:
        """Unlock it and leave it to whoever starts next."""
        self.abandon()

    def abandon(self) -> None:
        """
        Close this process's handle of the lock.

        In the child of a fork that leaves the parent's lock as it is.
        """
        lock, self._lock = self._lock, -1
        if lock >= 0:
            os.close(lock)


def make(root: str, service: str, process_id: str) -> Place:
    """
    Return a new directory, locked from the moment others can see it.

    Raises:
        Unusable: *root* cannot be written, or is not this user's alone.
    """
    above = service_directory(root, service)
    unfinished, path = f"{above}/.{process_id}", f"{above}/{process_id}"
    try:
        _private(root)
        _private(above)
        os.mkdir(unfinished, 0o700)  # noqa: PTH102
        lock = _open_lock(f"{unfinished}/{LOCK}", os.O_CREAT)
        if lock is None:
            raise Unusable(f"{path} is locked by another")
        os.rename(unfinished, path)  # noqa: PTH104
    except OSError as exc:
        raise Unusable(f"{path}: {exc.strerror or exc}") from exc
    place = Place(path, lock)
    place.mark(BEGUN, 0)
    return place


def dead(root: str, service: str) -> Iterator[Place]:
    """Yield, oldest first, the directories whose process does not live; each locked by the call."""
    for path in _oldest_first(service_directory(root, service)):
        if path.rpartition("/")[2].startswith("."):  # its maker may not have locked it yet
            _remove_unfinished(path)
            continue
        place = claim(path)
        if place is not None:
            yield place


def claim(path: str) -> Place | None:
    """Return the directory, locked, if its process does not live and nobody else has taken it."""
    try:
        lock = _open_lock(f"{path}/{LOCK}", 0)
        if lock is None:
            return None
        if os.fstat(lock).st_nlink == 0:
            os.close(lock)
            return None
    except FileNotFoundError:
        _remove_unfinished(path)
        return None
    except (OSError, Unusable):  # not ours
        return None
    return Place(path, lock)


def any_dead(root: str, service: str) -> bool:
    """Return whether there is a directory whose process does not live."""
    for place in dead(root, service):
        place.leave()
        return True
    return False


def bytes_below(root: str, service: str, suffix: str, besides: str = "") -> int:
    """Return the bytes of files with *suffix* of *service*, but for those in *besides*."""
    total = 0
    for path in _oldest_first(service_directory(root, service)):
        if path == besides:
            continue
        try:
            with os.scandir(path) as entries:
                total += sum(
                    entry.stat().st_size for entry in entries if entry.name.endswith(suffix)
                )
        except OSError:  # removed meanwhile
            continue
    return total


def _oldest_first(above: str) -> list[str]:
    """Ids of processes are in the order of their starts, and so are names made of them."""
    try:
        names = os.listdir(above)  # noqa: PTH208
    except OSError:
        return []
    return [f"{above}/{name}" for name in sorted(names, key=lambda name: name.lstrip("."))]


def _private(path: str) -> None:
    """Make sure that *path* is a directory of this user, closed to all others."""
    with suppress(FileExistsError):
        os.makedirs(path, 0o700)  # noqa: PTH103
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode):
        raise Unusable(f"{path} is no directory")
    if found.st_uid != os.getuid():
        raise Unusable(f"{path} belongs to another user")
    if found.st_mode & 0o022:
        raise Unusable(f"others may write to {path}")


def _open_lock(path: str, flags: int) -> int | None:
    """Return the locked file, None when somebody holds its lock."""
    if fcntl is None:
        raise Unusable("this system has no file locks")
    lock = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    except OSError:
        os.close(lock)
        raise
    return lock


def _remove_unfinished(path: str) -> None:
    """Remove what somebody began to make or to remove long ago, and died."""
    try:
        if time.time() - os.stat(path).st_mtime > _UNFINISHED_S_MAX:  # noqa: PTH116
            for name in os.listdir(path):  # noqa: PTH208
                os.unlink(f"{path}/{name}")  # noqa: PTH108
            os.rmdir(path)  # noqa: PTH106
    except OSError:  # somebody else did it
        return
