"""
Functions whose engine expression wants constants, over columns of them.

A regular expression in a column is usually one of a few: the rows of each different combination are
computed together. Rule: what is put into a plan is pickled, so ``build`` stands at the top of a
module.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from query_engine.functions.function import Argument, BadArgument
from query_engine.functions.rowwise import refused

ConstantBuild = Callable[..., pl.Expr]
"""From the expression of the first argument and the values of the others to the answer."""


@dataclass(frozen=True, slots=True)
class PerCombination:
    """Computes a column from a struct of the first argument and those that have to be constant."""

    build: ConstantBuild
    dtype: pl.DataType

    def __call__(self, packed: pl.Series) -> pl.Series:
        """Return the answer for each row; NULL where an argument is NULL."""
        frame = packed.struct.unnest().with_row_index("row")
        _, first, *others = frame.columns
        answers = pl.Series("answer", [None], dtype=self.dtype).new_from_index(0, frame.height)
        parts = [frame.select("row").with_columns(answers).head(0)]
        for values, rows in frame.drop_nulls().partition_by(others, as_dict=True).items():
            try:
                answer = self.build(pl.col(first), *values)
            except BadArgument as error:
                raise refused(error.message) from None
            parts.append(rows.select("row", answer.cast(self.dtype).alias("answer")))
        known = pl.concat(parts)
        wide = frame.select("row").join(known, on="row", how="left", maintain_order="left")
        return wide["answer"].alias(packed.name)


def over_constants(
    build: ConstantBuild, arguments: Sequence[Argument], dtype: pl.DataType
) -> pl.Expr:
    """
    Return *build* of the first argument and the values of the others, columns or constants.

    Raises:
        BadArgument: ``build`` refuses constants; refused values of columns end the query.
    """
    first, *others = arguments
    if all(other.constant and other.value is not None for other in others):
        return build(first.expr, *(other.value for other in others))
    packed = pl.struct(
        argument.expr.alias(f"arg{index}") for index, argument in enumerate(arguments)
    )
    return packed.map_batches(PerCombination(build, dtype), return_dtype=dtype, is_elementwise=True)
