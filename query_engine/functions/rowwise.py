"""
Functions that the engine has no expression for: plain Python over the different values of a batch.

Rule: what is put into a plan is pickled, so ``function`` stands at the top of a module (or is a
``partial`` of one that does); it gets Python values and raises ``refused`` for those without an
answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import polars as pl
import pyarrow as pa

from query_engine.functions.function import Argument


def refused(message: str) -> Exception:
    """Return what to raise for values that have no answer; it ends the query."""
    return pl.exceptions.InvalidOperationError(message)


@dataclass(frozen=True, slots=True)
class Rowwise:
    """
    Computes a column from a struct of arguments, each different row once.

    Attributes:
        function: From one Python value for each argument to the answer.
        dtype: The type of the answers.
        constants: The last arguments, if they are the same for all rows.
        nulls: ``function`` wants to see NULLs; otherwise NULL in any argument gives NULL.
        quiet: What ``function`` refuses is NULL and does not end the query.
    """

    function: Callable[..., object]
    dtype: pl.DataType
    constants: tuple[object, ...] = ()
    nulls: bool = False
    quiet: bool = False

    def __call__(self, packed: pl.Series) -> pl.Series:
        """Return the answer for each row."""
        rows = packed.struct.unnest()
        different = (rows if self.nulls else rows.drop_nulls()).unique(maintain_order=True)
        columns = [python_values(column) for column in different.get_columns()]
        answers = self.column([self.answer(row) for row in zip(*columns, strict=True)])
        if different.height < rows.height:
            found = different.with_columns(answer=answers)
            joined = rows.join(
                found, on=rows.columns, how="left", nulls_equal=True, maintain_order="left"
            )
            answers = joined["answer"]
        return answers.alias(packed.name)

    def column(self, answers: list[object]) -> pl.Series:
        """Return the answers as a column, with the nanoseconds that Python's times do not have."""
        empty = pl.Series([], dtype=self.dtype).to_physical()
        if not self.dtype.is_nested():
            return pl.Series(answers, dtype=empty.dtype).cast(self.dtype)
        # Arrow makes columns of arrays fifty times as fast as Polars does.
        made = pl.from_arrow(pa.array(answers, type=empty.to_arrow().type))
        assert isinstance(made, pl.Series), "an array was converted"
        return made.cast(self.dtype)

    def answer(self, row: tuple[object, ...]) -> object:
        """Return the answer for one row."""
        try:
            return self.function(*row, *self.constants)
        except pl.exceptions.InvalidOperationError:
            if self.quiet:
                return None
            raise


def python_values(column: pl.Series) -> list[object]:
    """Return the values of a column; times as Unix ns and dates as days, also in arrays."""
    inner: object = column.dtype
    while isinstance(inner, pl.List):
        inner = inner.inner
    timed = isinstance(inner, pl.DataType) and inner.is_temporal()
    return (column.to_physical() if timed else column).to_list()


def rowwise(
    function: Callable[..., object],
    arguments: Sequence[Argument | pl.Expr],
    dtype: pl.DataType,
    *,
    nulls: bool = False,
    quiet: bool = False,
) -> pl.Expr:
    """Return the expression that calls *function* for the arguments of each row."""
    columns, constants = list(arguments), list[object]()
    while len(columns) > 1 and is_plain_constant(last := columns[-1]):
        constants.insert(0, last.value)
        columns.pop()
    packed = pl.struct(
        (argument.expr if isinstance(argument, Argument) else argument).alias(f"arg{index}")
        for index, argument in enumerate(columns)
    )
    return packed.map_batches(
        Rowwise(function, dtype, tuple(constants), nulls, quiet),
        return_dtype=dtype,
        is_elementwise=True,
    )


def is_plain_constant(argument: Argument | pl.Expr) -> TypeGuard[Argument]:
    """Tell whether an argument is a constant that Python code sees as a column would show it."""
    return (
        isinstance(argument, Argument)
        and isinstance(argument.value, str | int | float)
        and not argument.dtype.is_temporal()
    )


@dataclass(frozen=True, slots=True)
class EachRow:
    """Calls ``function`` with the number of each row; equal calls stay apart, as each is a draw."""

    function: Callable[[int], object]
    dtype: pl.DataType

    def __call__(self, rows: pl.Series) -> pl.Series:
        """Return the answers."""
        answers = [self.function(row) for row in range(len(rows))]
        return pl.Series(rows.name, answers, dtype=self.dtype)


def each_row(function: Callable[[int], object], dtype: pl.DataType) -> pl.Expr:
    """Return the expression that draws a value for each row; no value of one is reused."""
    return pl.int_range(pl.len()).map_batches(EachRow(function, dtype), return_dtype=dtype)
