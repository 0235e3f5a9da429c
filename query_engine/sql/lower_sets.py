"""Lowers INTERSECT, EXCEPT and VALUES."""

import polars as pl

from query_engine.sql.lowered import Lowering
from query_engine.sql.relations import SetOperation, Values
from query_engine.sql.scalars import polars_literal

LEFT_COUNT = "#left"
RIGHT_COUNT = "#right"
COPY = "#copy"


def set_operation(lowering: Lowering, node: SetOperation) -> pl.LazyFrame:
    """
    Lower INTERSECT and EXCEPT: rows are equal when every column is, NULLs alike.

    Without ALL the right side is only looked up. With ALL equal rows of both sides are counted,
    and each is put out as often as SQL says: the smaller count, or what the right side leaves over.
    """
    names = [column.id for column in node.columns]
    left, right = (
        lowering.frame(side).select(
            pl.col(theirs.id).alias(ours) for theirs, ours in zip(side.columns, names, strict=True)
        )
        for side in (node.left, node.right)
    )
    if node.distinct:
        if node.kind == "intersect":
            return left.unique().join(right, on=names, how="semi", nulls_equal=True)
        return left.unique().join(right, on=names, how="anti", nulls_equal=True)
    marked = [
        left.with_columns(pl.lit(1, pl.Int64).alias(LEFT_COUNT)),
        right.with_columns(pl.lit(0, pl.Int64).alias(LEFT_COUNT)),
    ]
    of_left = pl.col(LEFT_COUNT)
    of_right = pl.col(RIGHT_COUNT) - of_left
    counted = (
        pl.concat(marked, how="vertical")
        .group_by(names)
        .agg(of_left.sum(), pl.len().cast(pl.Int64).alias(RIGHT_COUNT))
    )
    copies = (
        pl.min_horizontal(of_left, of_right) if node.kind == "intersect" else of_left - of_right
    )
    return (
        counted.with_columns(copies.alias(COPY))
        .filter(pl.col(COPY) > 0)
        .select(*names, pl.int_ranges(pl.lit(0, pl.Int64), pl.col(COPY)).alias(COPY))
        .explode(COPY)
        .select(names)
    )


def values(lowering: Lowering, node: Values) -> pl.LazyFrame:
    """Make a frame of constants."""
    del lowering
    series = []
    for index, column in enumerate(node.columns):
        cells = [polars_literal(row[index]) for row in node.rows]
        series.append(pl.concat([pl.select(c.alias(column.id)).to_series() for c in cells]))
    return pl.DataFrame(series).lazy()
