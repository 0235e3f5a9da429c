"""
How far a query is: what it was planned to read, and which of it is read.

The engine tells nothing while it works. But it opens a table's files one after another and closes
each when it is done, and the kernel tells which files a process has open. Files of an object
store are not seen there: how many of those are done is unknown.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import polars as pl

_GONE = (FileNotFoundError, PermissionError, ProcessLookupError)


@dataclass(slots=True)
class Progress:
    """
    What one query reads of Delta tables; filled while it is planned, sampled while it runs.

    Attributes:
        files_pruned: Files that need not be read.
        rows_total: Rows of the files that are read.
        bytes_total: Size of those files.
        tail_blocks: Blocks that were decoded because no file has them yet.
    """

    files_pruned: int = 0
    rows_total: int = 0
    bytes_total: int = 0
    tail_blocks: int = 0
    _slices: dict[str, str] = field(default_factory=dict)
    _paths: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _done: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def add_files(self, view: str, files: pl.DataFrame, pruned: int) -> None:
        """Count the files that a scan of a view reads, rows of ``Snapshot.files``."""
        self.files_pruned += pruned
        self.rows_total += int(files["num_records"].sum())
        self.bytes_total += int(files["size_bytes"].sum())
        owner = pl.col("process_id") if "process_id" in files.columns else pl.lit("")
        keys = files.select(pl.format("{}/{}/{}/{}", pl.lit(view), owner, "date", "slice"))
        with self._lock:
            for path, key in zip(files["path"], keys.to_series(), strict=True):
                if path not in self._slices:
                    self._paths.append(path)
                self._slices[path] = key

    @property
    def files_total(self) -> int:
        """Files that are read; one that two scans read counts once."""
        return len(self._slices)

    @property
    def slices_total(self) -> int:
        """Slices that those files belong to."""
        with self._lock:
            return len(set(self._slices.values()))

    @property
    def files_done(self) -> int | None:
        """Files that are read to their end; None when nobody can tell."""
        with self._lock:
            return self._known(len(self._done))

    @property
    def slices_done(self) -> int | None:
        """Slices all of whose files are read; None when nobody can tell."""
        with self._lock:
            waiting = {self._slices[path] for path in self._slices.keys() - self._done}
            return self._known(len(set(self._slices.values())) - len(waiting))

    def sample(self, pid: int) -> None:
        """Look which files the process has open now."""
        if not pid or not self._slices:
            return
        opened = open_files(pid) & self._slices.keys()
        with self._lock:
            self._done |= self._seen - opened
            self._seen |= opened
            # Files are opened in order: what stands before all open ones was read unseen.
            for path in self._paths if opened else ():
                if path in opened:
                    break
                self._done.add(path)
            self._done -= opened

    def _known(self, count: int) -> int | None:
        return None if any("://" in path for path in self._paths) else count


def open_files(pid: int) -> set[str]:
    """Return the paths of the files that a process has open; none when it is gone."""
    found = set()
    with suppress(*_GONE):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(*_GONE):
                found.add(str(descriptor.readlink()))
    return found
