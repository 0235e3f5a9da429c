"""A file of an export, piece by piece, as rows of SQL."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

from query_engine.export.limits import CHUNK_BYTES
from query_engine.export.parts import Extent, Part
from query_engine.export.scribe import written
from query_engine.export.scribes.catalog import FORMATS_BY_NAME
from query_engine.sql.row_source import RowSource

CHUNKS = pl.Schema({"chunk_id": pl.Int32(), "chunk_data": pl.Binary()})
"""Columns of an export: its chunks, one after the other, are the file."""


class Source(Protocol):
    """What is exported; it travels inside a plan."""

    def extent(self) -> Extent:
        """Return the time that it is about."""
        ...

    def parts(self, extent: Extent) -> Iterator[Part]:
        """Yield the parts."""
        ...


@dataclass(frozen=True, slots=True)
class Export(RowSource):
    """
    A source and how it is written: itself a source of rows.

    Attributes:
        form: Name of the format.
        scratch: Where temporary files may lie; None for the system's place.
    """

    source: Source
    form: str
    scratch: str | None = None

    def chunks(self) -> Iterator[bytes]:
        """Yield the file in pieces of about CHUNK_BYTES."""
        scratch = None if self.scratch is None else Path(self.scratch)
        scribe = FORMATS_BY_NAME[self.form].scribe(scratch)
        extent = self.source.extent()
        return in_chunks(written(scribe, extent, self.source.parts(extent)))

    def frames(self) -> Iterator[pl.DataFrame]:
        """Yield the chunks as rows."""
        for number, content in enumerate(self.chunks()):
            yield pl.DataFrame([(number, content)], schema=CHUNKS, orient="row")


def in_chunks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces of CHUNK_BYTES or a little more; the last may have fewer."""
    held: list[bytes] = []
    size = 0
    for part in parts:
        for start in range(0, len(part), CHUNK_BYTES):
            piece = part[start : start + CHUNK_BYTES]
            held.append(piece)
            size += len(piece)
            if size >= CHUNK_BYTES:
                yield b"".join(held)
                held, size = [], 0
    if size:
        yield b"".join(held)
