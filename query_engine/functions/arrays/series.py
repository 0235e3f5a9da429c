"""
Arrays of evenly spaced numbers, days or moments: what ``range`` and ``generate_series`` share.

Months are added one by one, as DataFusion does: after January 31st come February 29th and March
29th.
"""

from collections.abc import Sequence
from functools import partial

import polars as pl

from query_engine.functions.arrays.items import check_size
from query_engine.functions.function import (
    TIME,
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.interval import NS_PER_DAY, Interval
from query_engine.functions.limits import ARRAY_ITEMS_MAX
from query_engine.functions.rowwise import refused, rowwise
from query_engine.functions.time.calendar import later


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """Days stay days, everything else is a number or a moment."""
    dtype = arguments[0].dtype
    if isinstance(dtype, pl.Date):
        return pl.List(pl.Date())
    return pl.List(TIME) if isinstance(dtype, pl.Datetime) else pl.List(pl.Int64())


def numbers(start: int, stop: int, step: int = 1, *, with_stop: bool) -> list[int]:
    """Return whole numbers from *start*."""
    if step == 0:
        raise refused("the step of a series is not 0")
    found = range(start, stop + (step > 0) - (step < 0) if with_stop else stop, step)
    check_size(len(found))
    return [*found]


def moments(start: int, stop: int, *, step: Interval, unit_ns: int, with_stop: bool) -> list[int]:
    """Return days or Unix ns (*unit_ns* each) from *start*."""
    found: list[int] = []
    forward = step.months > 0 or step.ns > 0
    current, end = start * unit_ns, stop * unit_ns
    while (current < end if forward else current > end) or (with_stop and current == end):
        found.append(current // unit_ns)
        if len(found) > ARRAY_ITEMS_MAX:
            check_size(len(found))
        current = later(current, step)
    return found


def series_function(
    name: str, doc: str, *examples: tuple[str, str], with_stop: bool
) -> ScalarFunction:
    """Return a function that makes arrays, with or without their end."""

    def build(
        first: Argument, stop: Argument | None = None, step: Argument | None = None
    ) -> pl.Expr:
        dtype = returns([first])
        if dtype == pl.List(pl.Int64()):
            zero = Argument(dtype=pl.Int64(), build=lambda: pl.lit(0, dtype=pl.Int64))
            bounds = [zero, first] if stop is None else [first, stop]
            steps = [] if step is None else [step]
            given = [argument.dtype for argument in (*bounds, *steps)]
            if not all(dtype.is_integer() or isinstance(dtype, pl.Null) for dtype in given):
                raise BadArgument("start, stop and step are whole numbers")
            return rowwise(partial(numbers, with_stop=with_stop), [*bounds, *steps], dtype)
        if stop is None or step is None or not isinstance(step.value, Interval):
            raise BadArgument("days and moments take a stop and a constant interval as step")
        if step.interval == Interval(0, 0):
            raise BadArgument("the step is not 0", index=2)
        unit_ns = NS_PER_DAY if isinstance(first.dtype, pl.Date) else 1
        make = partial(moments, step=step.interval, unit_ns=unit_ns, with_stop=with_stop)
        return rowwise(make, [first, stop], dtype)

    return ScalarFunction(
        name=name,
        group="Arrays",
        parameters=(
            Parameter("start", Kind.ANY),
            Parameter("stop", Kind.ANY, optional=True),
            Parameter("step", Kind.ANY, optional=True),
        ),
        returns=returns,
        build=build,
        doc=doc,
        examples=tuple(Example(f"SELECT {sql}", result) for sql, result in examples),
    )
