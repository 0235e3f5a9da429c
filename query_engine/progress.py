"""
How far a query is: what it was planned to read, and which of it is read.

The engine tells nothing while it works. But it opens a table's files one after another and closes
each when it is done, and the kernel tells which files a process has open. Files of an object
store are not seen there: how many of those are done is unknown.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from threading import Lock

import polars as pl

from assets.storage.metadata.records import BlockRef

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
    _scans: list[tuple[str, pl.DataFrame]] = field(default_factory=list)
    _decoded: set[tuple[str, str]] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)
    _done: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def restart(self) -> None:
        """Forget what was planned: the query is planned again."""
        with self._lock:
            self.files_pruned = self.rows_total = self.bytes_total = self.tail_blocks = 0
            self._scans.clear()
            self._decoded.clear()

    def add_files(
        self, view: str, files: pl.DataFrame, pruned: int, *, looks_again: bool = False
    ) -> None:
        """
        Count the files that a scan of a view reads, rows of ``Snapshot.files``.

        One that *looks_again* belongs to a scan before it, which counted what both of them read.
        """
        if looks_again:
            paths = self._slices().keys()
            files = files.filter(~files["path"].is_in(list(paths)))
        else:
            self.files_pruned += pruned
        self.rows_total += int(files["num_records"].sum())
        self.bytes_total += int(files["size_bytes"].sum())
        with self._lock:
            self._scans.append((view, files))

    def add_tail(self, view: str, blocks: Sequence[BlockRef], *, looks_again: bool = False) -> int:
        """Count blocks that a scan decodes, as files are counted; return how many were added."""
        found = {(view, block.block_id) for block in blocks}
        added = len(found - self._decoded) if looks_again else len(blocks)
        self._decoded |= found
        self.tail_blocks += added
        return added

    @property
    def files_total(self) -> int:
        """Files that are read; one that two scans read counts once."""
        return len(self._slices())

    @property
    def slices_total(self) -> int:
        """Slices that those files belong to."""
        return len(set(self._slices().values()))

    @property
    def files_done(self) -> int | None:
        """Files that are read to their end; None when nobody can tell."""
        return len(self._done) if self._is_local() else None

    @property
    def slices_done(self) -> int | None:
        """Slices all of whose files are read; None when nobody can tell."""
        slices = self._slices()
        waiting = {slices[path] for path in slices.keys() - self._done}
        return len(set(slices.values()) - waiting) if self._is_local() else None

    def sample(self, pid: int) -> None:
        """Look which files the process has open now."""
        slices = self._slices()
        if not pid or not slices:
            return
        opened = open_files(pid) & slices.keys()
        with self._lock:
            self._done |= self._seen - opened
            self._seen |= opened
            if opened:
                # Files are opened in order: what stands before all open ones was read unseen.
                self._done.update(takewhile(lambda path: path not in opened, slices))
            self._done -= opened

    def _slices(self) -> dict[str, str]:
        """Return the slice of each file, in the order in which files are read; made when asked."""
        found: dict[str, str] = {}
        with self._lock:
            scans = list(self._scans)
        for view, files in scans:
            owner = pl.col("process_id") if "process_id" in files.columns else pl.lit("")
            keys = files.select(pl.format("{}/{}/{}/{}", pl.lit(view), owner, "date", "slice"))
            found |= dict(zip(files["path"], keys.to_series(), strict=True))
        return found

    def _is_local(self) -> bool:
        return not any("://" in path for path in self._slices())


def open_files(pid: int) -> set[str]:
    """Return the paths of the files that a process has open; none when it is gone."""
    found = set()
    with suppress(*_GONE):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(*_GONE):
                found.add(str(descriptor.readlink()))
    return found
