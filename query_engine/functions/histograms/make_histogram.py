"""make_histogram(start, end, bins, x): how the values of a group are spread over bins."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from query_engine.functions.function import (
    HISTOGRAM,
    AggregateFunction,
    Argument,
    BadArgument,
    BadValue,
    Example,
    Kind,
    Parameter,
)
from query_engine.functions.histograms.bounds import wrong_bounds
from query_engine.functions.histograms.counting import counted

LEAST, GREATEST = -sys.float_info.max, sys.float_info.max
"""Maximum and minimum of no values: each gives way to the first value."""

BOUNDS = ("start", "end", "bins")


def build(start: Argument, end: Argument, bins: Argument, x: Argument) -> pl.Expr:
    """Reduce a group to its sums, its bounds and the list of the bins that its values fall into."""
    bounds = (start, end, bins)
    check_constants(bounds)
    value = x.expr
    width = (end.expr - start.expr) / bins.expr.cast(pl.Float64)
    last = bins.expr.cast(pl.Float64) - 1.0
    place = ((value - start.expr) / width).floor().fill_nan(0.0)
    # Below all bins is the first one; NaN, also that of a range without width, too.
    place = pl.max_horizontal(pl.min_horizontal(place, last), pl.lit(0.0))
    place = pl.when(value.is_not_null()).then(place).cast(pl.UInt16)
    known = value.fill_nan(None)
    fields = [
        place.drop_nulls().implode().alias("places"),
        known.min().fill_null(GREATEST).clip(upper_bound=GREATEST).alias("min"),
        known.max().fill_null(LEAST).clip(lower_bound=LEAST).alias("max"),
        value.sum().alias("sum"),
        (value * value).sum().alias("sum_sq"),
        value.count().cast(pl.UInt64).alias("count"),
        value.len().alias("rows"),
    ]
    for name, bound in zip(BOUNDS, bounds, strict=True):
        if not bound.constant:
            fields += [
                bound.expr.min().alias(name),
                bound.expr.max().alias(f"other {name}"),
                bound.expr.null_count().alias(f"missing {name}"),
            ]
    return pl.struct(fields)


def check_constants(bounds: Sequence[Argument]) -> None:
    """Refuse constants that no value of the other bounds can make right; raises BadArgument."""
    stand_ins = (0.0, 0.0, 1)
    for index, bound in enumerate(bounds):
        if bound.constant:
            alone: list[object] = list(stand_ins)
            alone[index] = bound.value
            if index < 2 and isinstance(bound.value, int | float):
                alone[1 - index] = bound.value
            wrong = wrong_bounds(*alone)  # type: ignore[arg-type]
            if wrong is not None:
                raise BadArgument(wrong, index=index)
    start, end = bounds[0].value, bounds[1].value
    if isinstance(start, float) and isinstance(end, float) and start > end:
        raise BadArgument(f"start ({start}) is after end ({end})", index=0)


@dataclass(frozen=True, slots=True)
class Finish:
    """Makes histograms of reduced groups; ``constants`` are the bounds that are known, by name."""

    constants: tuple[tuple[str, object], ...]

    def __call__(self, groups: pl.Series) -> pl.Series:
        """Return one histogram for each group, all groups at once."""
        frame = groups.struct.unnest()
        for name, value in self.constants:
            frame = frame.with_columns(pl.lit(value).alias(name))
        frame = frame.with_columns(pl.col("bins").cast(pl.Int64))
        present = frame.filter(pl.col("rows") > 0) if len(self.constants) < len(BOUNDS) else frame
        self.check(present)
        bins = pl.when(pl.col("bins") >= 1).then(pl.col("bins")).otherwise(0)
        lists = counted(frame["places"], frame.select(bins).to_series())
        made = frame.with_columns(lists.alias("bins")).select(
            pl.when(pl.col("start").is_not_null() & pl.col("end").is_not_null()).then(
                pl.struct(pl.col(name).cast(dtype) for name, dtype in HISTOGRAM.to_schema().items())
            )
        )
        return made.to_series().cast(HISTOGRAM).alias(groups.name)

    def check(self, groups: pl.DataFrame) -> None:
        """Raise BadValue for bounds that are missing, wrong, or not the same in a whole group."""
        for name in BOUNDS:
            if f"missing {name}" not in groups.columns:
                continue
            if groups[f"missing {name}"].sum():
                raise BadValue(f"make_histogram: {name} is NULL")
            if not (groups[name] == groups[f"other {name}"]).all():
                raise BadValue(f"make_histogram: {name} changed between rows of one group")
        for row in groups.select(BOUNDS).unique().iter_rows():
            wrong = wrong_bounds(*row)
            if wrong is not None:
                raise BadValue(f"make_histogram: {wrong}")


def finish(groups: pl.Expr, *arguments: Argument) -> pl.Expr:
    """Make the histograms of all groups at once."""
    bounds = zip(BOUNDS, arguments[:3], strict=True)
    constants = tuple((name, bound.value) for name, bound in bounds if bound.constant)
    return groups.map_batches(Finish(constants), HISTOGRAM, is_elementwise=True)


MAKE_HISTOGRAM = AggregateFunction(
    name="make_histogram",
    group="Histograms",
    parameters=(
        Parameter("start", Kind.FLOAT),
        Parameter("end", Kind.FLOAT),
        Parameter("bins", Kind.INTEGER),
        Parameter("x", Kind.FLOAT),
    ),
    returns=HISTOGRAM,
    build=build,
    finish=finish,
    ignores_nulls=False,
    doc=(
        "How values are spread over bins of equal width: a struct of start, end, min, max, sum, "
        "sum_sq, count and bins. Values outside, NaN too, count in the nearest (the first) bin and "
        "in the sums. start, end and bins are the same in all rows of a group, and not NULL. "
        "Without rows, constant bounds give an empty histogram, bounds from columns NULL."
    ),
    examples=(Example("SELECT count_from_histogram(make_histogram(0, 4, 2, x)) FROM t", "3"),),
)
