"""Ends a query when a plan has no row where one has to be."""

from dataclasses import dataclass

import polars as pl

from query_engine.functions.function import BadValue


@dataclass(frozen=True, slots=True)
class RefuseZero:
    """Raises BadValue with *message* when the number of rows is 0; returns NULL otherwise."""

    message: str

    def __call__(self, count: pl.Series) -> pl.Series:
        """Look at the one count."""
        if count.item() == 0:
            raise BadValue(self.message)
        return pl.Series(count.name, [None], dtype=pl.Boolean)


def with_rows(rows: pl.LazyFrame, source: pl.LazyFrame, message: str) -> pl.LazyFrame:
    """Return *rows*; the query ends with *message* when *source* has none."""
    schema = rows.collect_schema()
    counted = source.select(pl.len().alias("count"))
    checked = counted.select(
        pl.col("count").map_batches(RefuseZero(message), pl.Boolean(), is_elementwise=True)
    ).filter("count")
    nothing = checked.with_columns(
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items()
    ).select(schema.names())
    return pl.concat([rows, nothing])
