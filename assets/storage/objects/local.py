"""
Objects as files under one directory.

Rule: an object is either whole and durable under its key, or not there. So it is written and
flushed elsewhere, then linked (which, unlike a rename, refuses to replace), then its directory
entries are flushed.
"""

import contextlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

from assets.errors import ObjectExists, ObjectMissing, StorageUnavailable
from assets.storage.objects.limits import INCOMING_KEEP_S
from assets.storage.objects.store import ObjectInfo, checked_data, checked_key

_INCOMING = ".incoming"


class LocalStore:
    """An object store on a local filesystem that has hard links."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._durable: set[Path] = set()
        self._lock = threading.Lock()
        with _storage_errors(str(root)):
            (root / _INCOMING).mkdir(parents=True, exist_ok=True)
            self._remove_abandoned()

    def put_new(self, key: str, data: bytes) -> None:
        """Create an object: written whole, flushed, then linked under its key."""
        path = self._path(key)
        checked_data(key, data)
        incoming = self._root / _INCOMING / str(uuid4())
        with _storage_errors(key):
            try:
                _write_flushed(incoming, data)
                self._link(incoming, path)
            except FileExistsError as exc:
                raise ObjectExists(f"object {key} exists already") from exc
            finally:
                incoming.unlink(missing_ok=True)

    def get(self, key: str) -> bytes:
        """Return a whole object."""
        with _read_errors(key):
            return self._path(key).read_bytes()

    def get_ranges(self, key: str, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return the bytes of each (offset, length)."""
        if not ranges:
            return []
        with _read_errors(key):
            fd = os.open(self._path(key), os.O_RDONLY)
            try:
                answers = [_read(fd, offset, length) for offset, length in ranges]
            finally:
                os.close(fd)
        for (offset, length), answer in zip(ranges, answers, strict=True):
            if len(answer) != length:
                raise ObjectMissing(f"object {key} ends before {length} bytes at {offset}")
        return answers

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Yield the objects whose key starts with *prefix*."""
        start = prefix.rpartition("/")[0]
        with _storage_errors(prefix):
            yield from self._walk(self._path(start) if start else self._root, prefix)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; directories stay."""
        for key in keys:
            with _storage_errors(key):
                self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    def _walk(self, directory: Path, prefix: str) -> Iterator[ObjectInfo]:
        try:
            entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in entries:
            key = Path(entry.path).relative_to(self._root).as_posix()
            if entry.is_dir(follow_symlinks=False):
                if key != _INCOMING and f"{key}/".startswith(prefix):
                    yield from self._walk(Path(entry.path), prefix)
            elif key.startswith(prefix):
                with contextlib.suppress(FileNotFoundError):  # deleted since the directory was read
                    yield ObjectInfo(key, entry.stat().st_size)

    def _link(self, incoming: Path, path: Path) -> None:
        self._make_durable(path.parent)
        try:
            os.link(incoming, path)
        except FileNotFoundError:  # somebody removed the directory that we made
            self._durable.discard(path.parent)
            self._make_durable(path.parent)
            os.link(incoming, path)
        _flush_directory(path.parent)

    def _make_durable(self, directory: Path) -> None:
        """Create *directory* below the root; a crash after this does not take it away."""
        if directory in self._durable:
            return
        with self._lock:
            directory.mkdir(parents=True, exist_ok=True)
            for level in (directory, *directory.parents):
                if level == self._root:
                    break
                _flush_directory(level.parent)
            self._durable.add(directory)

    def _remove_abandoned(self) -> None:
        for entry in os.scandir(self._root / _INCOMING):
            with contextlib.suppress(FileNotFoundError):
                if entry.stat().st_mtime < time.time() - INCOMING_KEEP_S:
                    Path(entry.path).unlink()


def _write_flushed(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush_directory(directory: Path) -> None:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _read(fd: int, offset: int, length: int) -> bytes:
    """Read until *length* or the end: one pread may return less than it could."""
    answer = os.pread(fd, length, offset)
    while len(answer) < length:
        more = os.pread(fd, length - len(answer), offset + len(answer))
        if not more:
            break
        answer += more
    return answer


@contextlib.contextmanager
def _storage_errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StorageUnavailable(f"local store, {what}: {exc}") from exc


@contextlib.contextmanager
def _read_errors(key: str) -> Iterator[None]:
    try:
        with _storage_errors(key):
            yield
    except StorageUnavailable as exc:
        if isinstance(exc.__cause__, FileNotFoundError | IsADirectoryError | NotADirectoryError):
            raise ObjectMissing(f"object {key} is not in the store") from exc
        raise
