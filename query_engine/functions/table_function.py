"""
What a function in FROM is: a frozen value, one file each, listed in ``tables/catalog.py``.

Two kinds share one description. A `RowFunction` makes rows of the values of its arguments, nothing
else; it may be asked of many rows at once, those of a subquery. A `LakeFunction` is only described
here: ``query_engine.tables.functions`` opens it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from query_engine.functions.function import Example, Parameter


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """One column of the rows, with the sentence that the reference prints for it."""

    name: str
    dtype: pl.DataType
    doc: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RowFunction:
    """
    A function of values that yields rows.

    Attributes:
        columns: What the rows consist of.
        rows: From a frame with a column for each parameter, one row for each set of arguments, to
            the rows. Arguments of kind JSON are documents, whatever they were. Only constants and
            pure functions of a module may go into the plan.
        group: The heading that the reference page lists it under.
    """

    name: str
    parameters: tuple[Parameter, ...]
    columns: tuple[OutputColumn, ...]
    rows: Callable[[pl.LazyFrame], pl.LazyFrame]
    doc: str
    examples: tuple[Example, ...]
    aliases: tuple[str, ...] = ()
    group: str = "Tables"

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return pl.Schema({column.name: column.dtype for column in self.columns})
