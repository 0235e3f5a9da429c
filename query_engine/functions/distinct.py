"""
Runs Python over the distinct values of columns: a million rows of ten documents cost ten calls.

Rule: what is put into a plan here can be sent to another process; ``compute`` is a function of a
module, not a lambda.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from query_engine.functions.function import Argument


@dataclass(frozen=True, slots=True)
class OverDistinct:
    """
    ``compute`` over the rows of columns, each different row once; NULL in any column gives NULL.

    Attributes:
        compute: Takes one value of each column, then the constants; returns a value of ``dtype``.
        dtype: Type of the answers.
        constants: Arguments that are the same for all rows.
    """

    compute: Callable[..., object]
    dtype: pl.DataType
    constants: tuple[object, ...] = ()

    def __call__(self, columns: Sequence[pl.Series]) -> pl.Series:
        """Return the answers, one for each row."""
        height = max(len(column) for column in columns)
        rows = pl.DataFrame(
            [
                (column if len(column) == height else column.new_from_index(0, height)).alias(name)
                for name, column in zip(map(str, range(len(columns))), columns, strict=True)
            ]
        )
        different = rows.drop_nulls().unique()
        answers = [self.compute(*row, *self.constants) for row in different.iter_rows()]
        found = different.with_columns(answer=pl.Series(answers, dtype=self.dtype))
        joined = rows.join(found, on=rows.columns, how="left", maintain_order="left")
        return joined["answer"].alias(columns[0].name)


def over_distinct(
    compute: Callable[..., object],
    dtype: pl.DataType,
    first: Argument | pl.Expr,
    *rest: Argument,
) -> pl.Expr:
    """Return *compute* of the arguments; those after the first may be constants."""
    column = first if isinstance(first, pl.Expr) else first.expr
    if all(argument.constant for argument in rest):
        constants = tuple(argument.value for argument in rest)
        return column.map_batches(
            OneColumn(OverDistinct(compute, dtype, constants)), dtype, is_elementwise=True
        )
    columns = [column, *(argument.expr for argument in rest)]
    return pl.map_batches(columns, OverDistinct(compute, dtype), dtype, is_elementwise=True)


@dataclass(frozen=True, slots=True)
class OneColumn:
    """A function of a list of columns as a function of one."""

    function: OverDistinct

    def __call__(self, column: pl.Series) -> pl.Series:
        """Return the answers, one for each row."""
        return self.function([column])
