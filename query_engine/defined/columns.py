"""The columns of a defined view: names and types that a table can keep, and what they mean."""

import re
from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from assets.views.physical import REM, can_keep
from assets.views.view import TIME, Column, View
from query_engine.defined.limits import COLUMNS_MAX, NAME_CHARS_MAX
from query_engine.defined.origins import Origin, origins
from query_engine.defined.select import Select
from query_engine.sql.arrow_types import arrow_name

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PARTITIONS = frozenset({"date", "slice"})
_US = timedelta(microseconds=1)

MEANT = ("process_id", "stream_id", "block_id", "insert_time")
"""Names that mean the same in every view: scans leave out blocks by them."""

_KEPT_AS: Mapping[pl.DataType, pl.DataType] = {
    pl.Int8(): pl.Int32(),
    pl.Int16(): pl.Int32(),
    pl.UInt8(): pl.Int32(),
    pl.UInt16(): pl.Int32(),
    pl.UInt64(): pl.Int64(),
    pl.Float32(): pl.Float64(),
}
"""Types that tables lack, and the wider one that stands for them."""


def columns_of(select: Select) -> tuple[Column, ...]:
    """
    Return the columns of a SELECT as its view declares them.

    Raises:
        SqlError: A name or a type is none that a table can keep; placed.
    """
    if len(select.columns) > COLUMNS_MAX:
        raise select.problem(f"a view has at most {COLUMNS_MAX} columns (COLUMNS_MAX)")
    found: list[Column] = []
    for place, item in enumerate(select.columns):
        where = select.item(place)
        if not _NAME.fullmatch(item.name) or len(item.name) > NAME_CHARS_MAX:
            raise select.problem(
                f'column {place + 1} is called "{item.name:.60}": a column of a view is called by'
                " letters, digits and underscores",
                where,
                "give it a name with AS",
            )
        if item.name.lower() in _PARTITIONS:
            raise select.problem(
                f"{item.name} is taken: the table keeps its hours under it", where, "use AS"
            )
        dtype = _KEPT_AS.get(item.column.dtype, item.column.dtype)
        if not can_keep(dtype):
            raise select.problem(
                f"{item.name} is a {arrow_name(dtype)}, which a table cannot keep",
                where,
                "convert it with CAST",
            )
        traced = origins(select.relation, item.column)
        found.append(Column(item.name, dtype, _doc(traced), keeps_ns=_keeps_ns(dtype, traced)))
    _check_different(select, found)
    _check_meant(select)
    return tuple(found)


def source_column(origin: Origin) -> Column:
    """Return the column of a source."""
    view = view_of(origin)
    return next(column for column in view.columns if column.name == origin.column)


def view_of(origin: Origin) -> View:
    """Return the source."""
    assert origin.table.view is not None, "a SELECT of a view reads views"
    return origin.table.view


def unchanged(select: Select, name: str) -> Origin | None:
    """Return the source's column that a column is, if it is one, in every part of a UNION."""
    item = next((one for one in select.columns if one.name == name), None)
    traced = origins(select.relation, item.column) if item else ()
    same = traced and all(not one.bin_width and one.column == traced[0].column for one in traced)
    return traced[0] if same else None


def _doc(traced: tuple[Origin, ...]) -> str:
    if not traced:
        return "computed by the view's SELECT"
    first = traced[0]
    doc = source_column(first).doc
    name = f"`{first.column}` of {first.table.name}"
    return f"start of the bin of {name}: {doc}" if first.bin_width else doc


def _keeps_ns(dtype: pl.DataType, traced: tuple[Origin, ...]) -> bool:
    """Say whether a time is finer than microseconds; unless it is known not to be, it is."""
    if dtype != TIME:
        return False
    if not traced:
        return True
    return any(
        bool(one.bin_width % _US) if one.bin_width else source_column(one).keeps_ns
        for one in traced
    )


def _check_different(select: Select, columns: list[Column]) -> None:
    stored: dict[str, str] = {}
    for column in columns:
        for name in (column.name, *([column.name + REM] if column.keeps_ns else [])):
            if name.lower() in stored:
                raise select.problem(
                    f"the columns {stored[name.lower()]} and {column.name} would be kept under the "
                    "same name",
                    0,
                    "give one another name with AS",
                )
            stored[name.lower()] = column.name


def _check_meant(select: Select) -> None:
    for place, item in enumerate(select.columns):
        if item.name not in MEANT:
            continue
        origin = unchanged(select, item.name)
        if origin is None or origin.column != item.name:
            where = select.item(place)
            raise select.problem(
                f"{item.name} means that of the source in every view, and here it is computed",
                where,
                "give it another name with AS",
            )
