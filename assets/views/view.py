"""
What a view is: a frozen value; running it is somebody else's job.

The Dagster asset, the SQL catalog entry, the Delta schema and the reference page are all derived
from these fields, so a new view is one new file and one line in ``catalog.py``.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, LiteralString

import polars as pl

from assets.decode.rows import PROPERTIES, TIME

__all__ = ["PROPERTIES", "TIME", "Column", "LiveView", "NativeType", "Sources", "View"]

Sources = Mapping[str, pl.LazyFrame]
"""What ``View.build`` gets: one frame per name in ``View.sources``."""

NativeType = Literal["uuid", "timestamptz", "unix_ns", "jsonb"]
"""How Postgres keeps a live view's column, where that differs from what SQL sees."""


def fingerprint_of_text(text: str) -> str:
    """Return 63 bits of a hash as 16 hex digits: what fits a signed number of the Delta log."""
    return f"{int(hashlib.sha256(text.encode()).hexdigest()[:16], 16) >> 1:016x}"


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column, with the sentence the reference page prints for it.

    Attributes:
        keeps_ns: The times are finer than Delta's microseconds; the table keeps ``<name>`` in
            microseconds and ``<name>_rem`` (int16, 0-999 ns), SQL sees one nanosecond column.
    """

    name: str
    dtype: pl.DataType
    doc: str
    keeps_ns: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """
    A table of the lake: described here, run elsewhere.

    Attributes:
        time_column: The event-time column that ``begin``/``end`` of a query filter.
        sources: Either one ``blocks:<kind>`` (decoded rows of raw blocks, each with its block's and
            process's columns; ``rows.ROWS`` lists the kinds) or the names of other views.
        build: Source frames to this view's rows. Pure; the result has exactly ``columns``.
        merge: For rollups: re-aggregates rows that were built from different increments. A query
            sees ``merge(table rows + tail rows)``.
        end_column: For rows that span time, their end; a range then selects by overlap.
        bin_width: For rollups: how far an event can lie after the time of the row that counts
            it, so that a range over ``time_column`` finds all the events it needs.
        found_by: Text columns, and keys of maps as (column, key), that single out few rows of all:
            ids of traces. A query for some values then opens few files.
        begun: The same view made of what has begun and not ended: rows with a NULL end that no
            table has, told by the newest block of each thread.
        early: A row's time can lie before the begin of its block: it is the begin of what ended
            in the block. (Also true wherever there is an ``end_column``.)
        instance: What an id of `view_instance` names, for views kept per process.
        scope: ``process``: one process at a time, on demand; ``global``: continuously.
        version: Raise it when ``build`` or a column changes meaning; old rows then are rebuilt.
        inputs: The views among ``sources`` that no catalog of ours lists, by name.
        definition: What ``build`` was made of, for a view that is no code of ours.
        table: Name of its Delta table, if that is not the view's.
        schema: The columns as SQL sees them.
        fingerprint: Hash of columns, version and definition; ``fingerprint_of`` adds the sources.
    """

    name: str
    doc: str
    columns: tuple[Column, ...]
    time_column: str
    sources: tuple[str, ...]
    build: Callable[[Sources], pl.LazyFrame]
    merge: Callable[[pl.LazyFrame], pl.LazyFrame] | None = None
    end_column: str | None = None
    bin_width: timedelta = timedelta(0)
    scope: Literal["global", "process"] = "global"
    instance: Literal["process", "stream"] = "process"
    sort_by: tuple[str, ...] = ()
    found_by: tuple[str | tuple[str, str], ...] = ()
    begun: "View | None" = None
    early: bool = False
    version: int = 1
    inputs: "Mapping[str, View]" = field(default_factory=dict, repr=False, compare=False)
    definition: str = field(default="", repr=False)
    table: str = ""
    schema: pl.Schema = field(init=False, repr=False, compare=False)
    fingerprint: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Set what follows from the fields and is asked for many times by every query."""
        schema = pl.Schema({column.name: column.dtype for column in self.columns})
        object.__setattr__(self, "schema", schema)
        text = repr([(c.name, str(c.dtype), c.keeps_ns) for c in self.columns]) + str(self.version)
        text += self.definition
        object.__setattr__(self, "fingerprint", fingerprint_of_text(text))


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveView:
    """
    A table answered from Postgres at every query: nothing to materialize, nothing stale.

    Attributes:
        relation: SQL text of a SELECT whose columns are named as ``columns``, in Postgres's own
            types, so that pushed-down predicates can use indexes.
        native: Column to its Postgres type, for those that need converting on the way out.
        time_column: The column that ``begin`` and ``end`` of a query filter (with ``end_column``).
    """

    name: str
    doc: str
    columns: tuple[Column, ...]
    time_column: str
    end_column: str | None
    relation: LiteralString
    native: Mapping[str, NativeType]

    @property
    def schema(self) -> pl.Schema:
        """The columns as SQL sees them."""
        return pl.Schema({column.name: column.dtype for column in self.columns})
