"""
Where the columns of a SELECT come from: followed down to the columns of its sources.

A column that is a source's column unchanged means the same; one that is the start of a bin of a
source's time bounds that time. Of everything else nothing is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from query_engine.defined.frames import GivenTable
from query_engine.functions.interval import Interval
from query_engine.sql.relations import Aggregate, Project, Relation, Scan, Union, inputs
from query_engine.sql.scalars import Call, ColumnRef, Literal, Scalar

_DAY = timedelta(days=1)
_UNITS = {
    "microsecond": timedelta(microseconds=1),
    "millisecond": timedelta(milliseconds=1),
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": _DAY,
    "week": 7 * _DAY,
    "month": 31 * _DAY,
    "quarter": 92 * _DAY,
    "year": 366 * _DAY,
}
_NS_PER_US = 1000


@dataclass(frozen=True, slots=True)
class Origin:
    """
    A column of a source.

    Attributes:
        bin_width: How far the source's value can lie after the one that is computed of it; zero
            when it is the value itself.
    """

    table: GivenTable
    column: str
    bin_width: timedelta = timedelta(0)


def origins(relation: Relation, column: ColumnRef) -> tuple[Origin, ...]:
    """Return what a column of a relation comes from, in each part of a UNION; () if unknown."""
    match relation:
        case Scan() if isinstance(relation.table, GivenTable):
            for name, one in zip(relation.names, relation.columns, strict=True):
                if one.id == column.id:
                    return (Origin(relation.table, name),)
            return ()
        case Project():
            return _of_item(relation.input, relation.items, column)
        case Aggregate():
            return _of_item(relation.input, relation.keys, column)
        case Union():
            place = [one.id for one in relation.columns].index(column.id)
            found = [origins(one, one.columns[place]) for one in relation.inputs]
            return tuple(o for part in found for o in part) if all(found) else ()
        case _:
            for part in inputs(relation):
                if any(known.id == column.id for known in part.columns):
                    return origins(part, column)
            return ()


def _of_item(
    relation: Relation, items: Sequence[tuple[ColumnRef, Scalar]], column: ColumnRef
) -> tuple[Origin, ...]:
    for name, value in items:
        if name.id == column.id:
            return _of_value(relation, value)
    return ()


def _of_value(relation: Relation, value: Scalar) -> tuple[Origin, ...]:
    if isinstance(value, ColumnRef):
        return origins(relation, value)
    if not isinstance(value, Call) or value.name not in {"date_bin", "date_trunc"}:
        return ()
    width = _width(value)
    if width is None:
        return ()
    return tuple(
        replace(one, bin_width=one.bin_width + width) for one in _of_value(relation, value.args[1])
    )


def _width(call: Call) -> timedelta | None:
    """Return an upper bound of the width of the bins."""
    given = call.args[0].value if isinstance(call.args[0], Literal) else None
    if call.name == "date_trunc":
        return _UNITS.get(given.lower()) if isinstance(given, str) else None
    if not isinstance(given, Interval):
        return None
    return 31 * _DAY * given.months + timedelta(microseconds=-(-given.ns // _NS_PER_US))
