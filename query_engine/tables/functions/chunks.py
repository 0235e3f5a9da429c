"""What functions that export have in common: their rows are the chunks of a file."""

from dataclasses import dataclass
from typing import Protocol

import polars as pl
from polars.io.plugins import register_io_source

from query_engine.export.chunks import CHUNKS, Export, Source
from query_engine.export.scribes.catalog import FORMATS_BY_NAME
from query_engine.sql.catalog import ScanRequest
from query_engine.sql.errors import SqlError
from query_engine.tables.functions.function import text
from query_engine.tables.session import QuerySession

ROWS = (
    ("chunk_id", pl.Int32(), "number of the chunk, from 0 on"),
    ("chunk_data", pl.Binary(), "its bytes; the chunks one after the other are the file"),
)


class Exported(Protocol):
    """What is exported: a call whose arguments are checked."""

    def source(self, session: QuerySession) -> Source:
        """Return what the export is made of."""
        ...


@dataclass(frozen=True, slots=True)
class Chunks:
    """The call, and the name of the format."""

    exported: Exported
    form: str

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return CHUNKS

    def scan(self, session: QuerySession, _request: ScanRequest) -> pl.LazyFrame:
        """Return the chunks; they are made as they are read."""
        made = Export(self.exported.source(session), self.form, str(session.scratch.directory))
        return register_io_source(made, schema=CHUNKS)


def format_name(function: str, value: object) -> str:
    """Return an argument that is a format of exports."""
    asked = text(function, "a format", value)
    if asked and asked not in FORMATS_BY_NAME:
        known = ", ".join(repr(known) for known in FORMATS_BY_NAME)
        raise SqlError(f"{function} writes no {asked!r:.60}; there are: {known}")
    return asked
