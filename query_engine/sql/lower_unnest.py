"""Lowers unnest: a row for each element, arrays side by side."""

import polars as pl

from query_engine.sql.lowered import Lowering
from query_engine.sql.relations import Unnest
from query_engine.sql.scalars import polars_expression

ELEMENTS = "#elements"


def unnest(lowering: Lowering, node: Unnest) -> pl.LazyFrame:
    """
    Repeat rows for the elements of their arrays.

    Arrays of one row that are shorter than the longest go on as NULL: they are read at every place
    of the longest. A NULL in place of an array has no elements. A row without any element is gone,
    or kept once if the relation says so.
    """
    names = [column.id for column, _ in node.arrays]
    kept = [name for name in lowering.wanted(node) if name not in names]
    frame = lowering.frame(node.input).with_columns(
        polars_expression(array).alias(column.id) for column, array in node.arrays
    )
    frame = frame.with_columns(pl.col(name).cast(pl.List(pl.Null)) for name in untyped(node))
    if len(names) > 1 or node.number is not None:
        length = pl.max_horizontal(pl.col(name).list.len().fill_null(0) for name in names)
        places = pl.int_ranges(pl.lit(0, pl.Int64), length)
        frame = frame.with_columns(places.alias(ELEMENTS)).with_columns(
            pl.col(name).fill_null([]).list.gather(pl.col(ELEMENTS), null_on_oob=True)
            for name in names
        )
        if node.number is not None:
            number = pl.col(ELEMENTS).list.eval(pl.element() + 1).alias(node.number.id)
            frame = frame.with_columns(number)
            names.append(node.number.id)
            kept = [name for name in kept if name != node.number.id]
    frame = frame.select(*kept, *names)
    return frame.explode(names, empty_as_null=node.keep, keep_nulls=node.keep)


def untyped(node: Unnest) -> list[str]:
    """Return the columns whose array is a bare NULL."""
    return [c.id for c, array in node.arrays if not isinstance(array.dtype, pl.List)]
