"""make_ranges(bounds, counts, min, max, scale): a histogram of ranges of any width."""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.function import (
    RANGES,
    Argument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.histograms.ranges import with_zeros_apart

_OPTIONAL = ("min", "max", "scale")


def build(bounds: Argument, counts: Argument, *optional: Argument) -> pl.Expr:
    """
    Put the parts together; what exponential ranges leave open is said in those rows only.

    A count that has no 64 bits is NULL: one point of a sender that is wrong would else end every
    query that meets it.
    """
    types = RANGES.to_schema()
    given = dict(zip(_OPTIONAL, (argument.expr for argument in optional), strict=False))
    fields = {"bounds": bounds.expr, "counts": counts.expr, **given}
    return pl.struct(
        fields.get(name, pl.lit(None)).cast(dtype, strict=False).alias(name)
        for name, dtype in types.items()
    ).map_batches(made, RANGES, is_elementwise=True)


def made(rows: pl.Series) -> pl.Series:
    """Return the histograms; NULL where bounds or counts are."""
    frame = rows.struct.unnest()
    known = frame["bounds"].is_not_null() & frame["counts"].is_not_null()
    exponential = frame["scale"].is_not_null() & known
    if exponential.any():
        numbers = exponential.arg_true()
        apart = [_apart(row) for row in frame[numbers].select("bounds", "counts").iter_rows()]
        for at, name in enumerate(("bounds", "counts")):
            column = frame[name].to_list()
            for number, pair in zip(numbers, apart, strict=True):
                column[number] = pair[at]
            frame = frame.with_columns(pl.Series(name, column, dtype=frame.schema[name]))
    return frame.select(
        pl.when(pl.lit(known)).then(pl.struct(pl.all())).alias(rows.name)
    ).to_series()


def _apart(row: tuple[Sequence[float | None], Sequence[int | None]]) -> tuple[object, object]:
    bounds, counts = row
    if None in bounds or None in counts:
        return bounds, counts
    return with_zeros_apart(list(bounds), list(counts))  # type: ignore[arg-type]


MAKE_RANGES = ScalarFunction(
    name="make_ranges",
    group="Histograms",
    parameters=(
        Parameter("bounds", Kind.NUMBERS),
        Parameter("counts", Kind.NUMBERS),
        Parameter("min", Kind.FLOAT, optional=True),
        Parameter("max", Kind.FLOAT, optional=True),
        Parameter("scale", Kind.INTEGER, optional=True),
    ),
    returns=RANGES,
    build=build,
    strict=False,
    doc=(
        "A histogram of ranges that need not be equally wide, as `measure_histograms` keeps it: "
        "counts[1] values are at or below bounds[1], the last count is of what is above all "
        "bounds. min and max bound the outer ranges, scale says that ranges are exponential; each "
        "may be NULL."
    ),
    examples=(
        Example("SELECT quantile_from_ranges(make_ranges([1, 2, 4], [0, 2, 2, 0]), 0.75)", "3.0"),
        Example(
            "SELECT quantile_from_ranges(make_ranges([1, 2, 8], [0, 2, 2, 0], 1, 8, 0), 0.75)",
            "4.0",
        ),
    ),
)
