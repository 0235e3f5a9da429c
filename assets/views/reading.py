"""
How files are read as a view's rows: those of the view as it is now, and those of what it was.

A column that the older view did not have is NULL in its rows. One that it had in another type is
converted where nothing is lost by it, and is NULL where something would be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl
import pyarrow as pa
from deltalake import Schema

from assets.storage.layout import Generation
from assets.storage.tables import Snapshot
from assets.storage.tables.columns import Types, stored_name, types_of
from assets.storage.tables.snapshot import polars_schema
from assets.views.generation import generation_of
from assets.views.physical import REM, seen_column, stored_dtype, table_spec
from assets.views.view import Column, View

_WIDER: Mapping[str, tuple[str, ...]] = {
    '"short"': ('"integer"', '"long"', '"double"', '"string"'),
    '"integer"': ('"long"', '"double"', '"string"'),
    '"long"': ('"string"',),
    '"boolean"': ('"string"',),
}
"""Delta types, and those to which each of their values can be converted without loss."""


@dataclass(frozen=True, slots=True)
class Reading:
    """
    How files of one generation become rows of a view.

    Attributes:
        stored: The columns to read from the files, with their types; those missing are NULL.
        rows: The view's columns, computed from them.
        plain: Columns that lie in the files as ``storage_filter`` takes them to.
        missing: Columns that the generation did not have.
        lost: Columns that it had in a type that cannot be converted.
    """

    stored: pl.Schema
    rows: tuple[pl.Expr, ...]
    plain: frozenset[str]
    missing: frozenset[str]
    lost: frozenset[str]

    def answers(self, view: View) -> bool:
        """
        Tell whether the rows say what the view's would, but for what a new column adds.

        Without their times, rows are found by no range; partial rows of a rollup that lack a
        number would count as rows in which it is nothing.
        """
        times = {view.time_column, view.end_column or view.time_column}
        unanswered = self.lost | (self.missing if view.merge else self.missing & times)
        return not unanswered


def reading_of(view: View, snapshot: Snapshot, generation: Generation) -> Reading:
    """Return how the files that a generation has built are read as rows of a view."""
    now = types_of(table_spec(view).schema)
    if generation == generation_of(view):
        return _reading(view, now, now, snapshot.columns)
    # Of a generation that the table does not tell of, all that is known is what the table has.
    then = snapshot.generations.get(generation, snapshot.columns)
    return _reading(view, now, then, snapshot.columns)


def _reading(view: View, now: Types, then: Types, present: Types) -> Reading:
    read: dict[str, pl.DataType] = {}
    rows = []
    plain, missing, lost = set(), set(), set()
    partitions = table_spec(view).partition_by
    for column in view.columns:
        name = column.name
        had = then.get(name)
        wanted = now[name]
        type_ = wanted if had is None else had
        if had is None and name not in partitions:
            missing.add(name)
        if type_ != wanted and wanted not in _WIDER.get(type_, ()):
            lost.add(name)
            rows.append(pl.lit(None, column.dtype).alias(name))
            continue
        source = stored_name(name, type_, present)
        if name not in partitions:
            read[source] = _polars_type(type_)
        rem = _rem(column, then, present, read)
        converted = pl.col(source)
        if type_ != wanted:
            converted = converted.cast(stored_dtype(column))
        elif source == name:
            plain.add(name)
        rows.append(seen_column(column, converted, rem, strict=had == wanted and then is now))
    return Reading(
        pl.Schema(read), tuple(rows), frozenset(plain), frozenset(missing), frozenset(lost)
    )


def _rem(
    column: Column, then: Types, present: Types, read: dict[str, pl.DataType]
) -> pl.Expr | None:
    """Return the nanoseconds below a microsecond; None where they were not kept."""
    name = column.name + REM
    if not column.keeps_ns or name not in then:
        return None
    source = stored_name(name, then[name], present)
    read[source] = _polars_type(then[name])
    return pl.col(source)


@lru_cache(maxsize=256)
def _polars_type(type_: str) -> pl.DataType:
    """Return a Delta type as Polars reads it from files."""
    field = f'{{"name":"c","type":{type_},"nullable":true,"metadata":{{}}}}'
    schema = Schema.from_json(f'{{"type":"struct","fields":[{field}]}}')
    return polars_schema(pa.schema(schema.to_arrow()))["c"]
