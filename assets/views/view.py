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
        instance: What an id of `view_instance` names, for views kept per process.
        scope: ``process``: one process at a time, on demand; ``global``: continuously.
        version: Raise it when ``build`` or a column changes meaning; old rows then are rebuilt.
        schema: The columns as SQL sees them.
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
    version: int = 1
    schema: pl.Schema = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Set the columns as SQL sees them: every query asks for them many times."""
        schema = pl.Schema({column.name: column.dtype for column in self.columns})
        object.__setattr__(self, "schema", schema)

    @property
    def fingerprint(self) -> str:
        """Hash of columns and version: what Dagster shows as code version."""
        text = repr([(c.name, str(c.dtype), c.keeps_ns) for c in self.columns]) + str(self.version)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


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
