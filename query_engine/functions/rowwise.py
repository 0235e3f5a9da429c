"""
Functions that the engine has no expression for: plain Python over the different values of a batch.

Rule: what is put into a plan is pickled, so ``function`` stands at the top of a module (or is a
``partial`` of one that does); it gets Python values and raises ``refused`` for those without an
answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from query_engine.functions.function import Argument
from query_engine.functions.limits import REMEMBERED_ANSWERS_MAX


def refused(message: str) -> Exception:
    """Return what to raise for values that have no answer; it ends the query."""
    return pl.exceptions.InvalidOperationError(message)


@dataclass(frozen=True, slots=True)
class Rowwise:
    """
    Computes a column from a struct of arguments.

    Attributes:
        function: From one Python value for each argument to the answer.
        dtype: The type of the answers.
        nulls: ``function`` wants to see NULLs; otherwise NULL in any argument gives NULL.
        quiet: What ``function`` refuses is NULL and does not end the query.
    """

    function: Callable[..., object]
    dtype: pl.DataType
    nulls: bool = False
    quiet: bool = False

    def __call__(self, packed: pl.Series) -> pl.Series:
        """Return the answer for each row, computed once for equal rows."""
        fields = packed.struct.unnest().get_columns()
        columns = [python_values(field) for field in fields]
        nested = any(field.dtype.is_nested() for field in fields)
        answers: list[object] = []
        known: dict[tuple[object, ...], object] = {}
        for row in zip(*columns, strict=True):
            if not self.nulls and None in row:
                answers.append(None)
            elif nested:
                answers.append(self.answer(row))
            elif row in known:
                answers.append(known[row])
            else:
                answer = self.answer(row)
                if len(known) < REMEMBERED_ANSWERS_MAX:
                    known[row] = answer
                answers.append(answer)
        return self.column(answers).alias(packed.name)

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
            return self.function(*row)
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
    arguments: Sequence[Argument],
    dtype: pl.DataType,
    *,
    nulls: bool = False,
    quiet: bool = False,
) -> pl.Expr:
    """Return the expression that calls *function* for the arguments of each row."""
    packed = pl.struct(
        argument.expr.alias(f"arg{index}") for index, argument in enumerate(arguments)
    )
    return packed.map_batches(
        Rowwise(function, dtype, nulls, quiet), return_dtype=dtype, is_elementwise=True
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
