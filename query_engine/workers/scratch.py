"""
Files of one query without a name: rows that its plan reads but does not carry.

Rule: a file is unlinked before it is written, so it is gone with the process that holds it, however
that ends. Workers reach it through the service's open descriptor.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import IO

import polars as pl
from polars.io.plugins import register_io_source

from query_engine.limits import PLAN_VALUES_BYTES_MAX


class Scratch:
    """
    The files of one query. Thread-safe.

    Args:
        directory: Where they lie, on a file system with room.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._files: list[IO[bytes]] = []
        self._lock = Lock()

    def frame(self, rows: pl.DataFrame) -> pl.LazyFrame:
        """Return *rows* as a plan: few as values in it, more as a file that it scans."""
        if rows.estimated_size() <= PLAN_VALUES_BYTES_MAX:
            return rows.lazy()
        return self.frames(rows.schema, iter((rows,)))

    def frames(self, schema: pl.Schema, parts: Iterator[pl.DataFrame]) -> pl.LazyFrame:
        """
        Return the rows of *parts* as a plan that scans a file; one part is in memory at a time.

        What *parts* raises is raised here.
        """
        file = tempfile.TemporaryFile(dir=self.directory)  # noqa: SIM115 (closed by `close`)
        with self._lock:
            self._files.append(file)
        # Nothing is pushed down into a sink's source: it is asked for everything.
        register_io_source(lambda *_: parts, schema=schema).sink_ipc(
            file, compression="uncompressed", engine="streaming"
        )
        return pl.scan_ipc(f"/proc/{os.getpid()}/fd/{file.fileno()}", glob=False)

    def close(self) -> None:
        """Let the files go; harmless to repeat."""
        with self._lock:
            files, self._files = self._files, []
        for file in files:
            file.close()
