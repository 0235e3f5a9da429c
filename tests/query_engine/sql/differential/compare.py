"""Whether two answers are the same: types by their class, rows as a multiset or in order."""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from functools import partial

import polars as pl

from tests.query_engine.sql.differential.engines import Answer, Failure

Row = tuple[object, ...]


def type_class(dtype: pl.DataType) -> str:
    """Return what a type is, whatever its width: a total of whole numbers is whole anywhere."""
    if dtype.is_integer() or (isinstance(dtype, pl.Decimal) and dtype.scale == 0):
        return "whole"
    if dtype.is_float():
        return "float"
    if isinstance(dtype, pl.List):
        return f"list of {type_class(dtype.inner)}"
    return type(dtype).__name__


def exact(value: object) -> object:
    """Return a value without its width or unit."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    return value


def rows(frame: pl.DataFrame) -> list[Row]:
    """Return the rows in order, times and lengths in nanoseconds."""
    plain = frame.with_columns(
        pl.col(pl.Datetime).dt.replace_time_zone(None).dt.cast_time_unit("ns").to_physical(),
        pl.col(pl.Duration).dt.cast_time_unit("ns").to_physical(),
    )
    return [tuple(exact(value) for value in row) for row in plain.rows()]


def rank(value: object) -> str:
    """Return a key that sorts equal and nearly equal values together."""
    if isinstance(value, list):
        return "[" + ",".join(map(rank, value)) + "]"
    if isinstance(value, bool) or not isinstance(value, float | int | Decimal):
        return f"{type(value).__name__} {value!r}"
    return f"{value:.5g}" if isinstance(value, float) and value else f"{value + 0}"


def same(ours: object, theirs: object, tolerance: float = 1e-9) -> bool:
    """Tell whether two values are the same; fractions nearly, NaN equals itself."""
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    numbers = float | int | Decimal
    if isinstance(ours, float) and isinstance(theirs, numbers):
        both_nan = math.isnan(ours) and math.isnan(theirs)
        return both_nan or math.isclose(ours, float(theirs), rel_tol=tolerance, abs_tol=1e-9)
    return ours == theirs


def has_whole_order(sql: str) -> bool:
    """Tell whether the outermost ORDER BY is there; the generator orders by everything then."""
    depth, outer = 0, []
    for sign in re.sub(r"'[^']*'", "", sql):
        depth += (sign == "(") - (sign == ")")
        outer.append(sign if depth == 0 else "")
    return " ORDER BY " in "".join(outer)


def difference(sql: str, ours: Answer, theirs: Answer) -> str | None:
    """Return how our answer differs, or None."""
    if isinstance(ours, Failure) or isinstance(theirs, Failure):
        if isinstance(theirs, Failure):
            return None if theirs.skipped else f"the other engine failed: {theirs.message[:500]}"
        assert isinstance(ours, Failure)
        return f"ours failed: {ours.message[:500]}"
    mine = [type_class(dtype) for dtype in ours.dtypes]
    other = [type_class(dtype) for dtype in theirs.dtypes]
    known = [theirs[name].null_count() < theirs.height for name in theirs.columns]
    pairs = zip(known, mine, other, strict=False)
    if len(mine) != len(other) or any(a != b for any_known, a, b in pairs if any_known):
        return f"types: ours {ours.dtypes}, theirs {theirs.dtypes}"
    return row_difference(sql, rows(ours), rows(theirs))


def row_difference(
    sql: str, mine: Sequence[Row], other: Sequence[Row], tolerance: float = 1e-9
) -> str | None:
    """Return which rows differ, or None."""
    if not has_whole_order(sql):
        mine = sorted(mine, key=lambda row: list(map(rank, row)))
        other = sorted(other, key=lambda row: list(map(rank, row)))
    pairs = zip(mine, other, strict=False)
    alike = partial(same, tolerance=tolerance)
    wrong = [pair for pair in pairs if not all(map(alike, *pair))]
    if len(mine) == len(other) and not wrong:
        return None
    lines = [f"    ours {one}\n  theirs {two}" for one, two in wrong[:4]]
    return "\n".join([f"{len(mine)} rows, theirs {len(other)}", *lines])
