"""expand_histogram(histogram): a row for each bin."""

import sys

import polars as pl

from query_engine.functions.function import Example, Kind, Parameter
from query_engine.functions.table_function import OutputColumn, RowFunction
from query_engine.functions.tables.row_check import with_rows


def rows(arguments: pl.LazyFrame) -> pl.LazyFrame:
    """Take the first histogram apart."""
    first = arguments.head(1)
    field = pl.col("histogram").struct.field
    span = field("end") - field("start")
    width = pl.when(span < sys.float_info.epsilon).then(1.0)
    bins = (
        first.select(
            field("start"),
            width.otherwise(span / field("bins").list.len()).alias("width"),
            pl.int_ranges(field("bins").list.len()).alias("bin"),
            field("bins").alias("count"),
        )
        .explode("bin", "count", empty_as_null=False, keep_nulls=False)
        .select(
            (pl.col("start") + (pl.col("bin") + 0.5) * pl.col("width")).alias("bin_center"),
            pl.col("count"),
        )
    )
    return with_rows(bins, first, "the subquery of expand_histogram returned no rows")


EXPAND_HISTOGRAM = RowFunction(
    name="expand_histogram",
    parameters=(Parameter("histogram", Kind.HISTOGRAM),),
    columns=(
        OutputColumn("bin_center", pl.Float64(), "middle of the bin"),
        OutputColumn("count", pl.UInt64(), "values in it"),
    ),
    rows=rows,
    doc=(
        "A row for each bin of a histogram: usually that of a subquery, of which only the first "
        "row counts. NULL has no rows; a subquery without rows is an error. Bins of a histogram "
        "whose start is its end are shown 1 wide."
    ),
    examples=(
        Example(
            "SELECT string_agg(count, ',' ORDER BY bin_center) "
            "FROM expand_histogram((SELECT make_histogram(0, 4, 2, x) FROM t))",
            "1,2",
        ),
    ),
)
