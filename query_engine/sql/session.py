"""What the binding of one query shares: text, tables, moment, parameters, names of columns."""

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl
from sqlglot import exp

from query_engine.sql.catalog import Catalog
from query_engine.sql.coercion import Maker
from query_engine.sql.errors import QueryTooLarge
from query_engine.sql.limits import RELATIONS_MAX
from query_engine.sql.parameters import Parameters
from query_engine.sql.positions import Source
from query_engine.sql.relations import Relation
from query_engine.sql.scalars import ColumnRef

Evaluate = Callable[[Relation], pl.Series]
"""Runs a relation of one column and one row now."""


@dataclass(slots=True)
class Session:
    """
    The binding of one query; hands out column names that are unique within it.

    Attributes:
        evaluate: For values that are needed to plan; None when a query is planned but never run.
    """

    source: Source
    catalog: Catalog
    now_ns: int
    parameters: Parameters = field(default_factory=Parameters)
    evaluate: Evaluate | None = None
    names_given: int = field(default=0, init=False)
    relations_named: int = field(default=0, init=False)
    outer_columns: set[str] = field(default_factory=set, init=False)

    @property
    def make(self) -> Maker:
        """The maker of expressions, which places its errors in this text."""
        return Maker(self.source, self.parameters)

    def fresh(self, name: str, dtype: pl.DataType, pos: int = 0) -> ColumnRef:
        """Return a new column; *name* is kept in its id for people who read plans."""
        self.names_given += 1
        return ColumnRef(f"{name}#{self.names_given}", dtype, pos)

    def outer_column(self, name: str, dtype: pl.DataType, pos: int) -> ColumnRef:
        """Return a new column that stands inside a subquery for one outside."""
        column = self.fresh(name, dtype, pos)
        self.outer_columns.add(column.id)
        return column

    def count_relation(self, node: exp.Expr) -> None:
        """
        Count one more table, subquery or CTE.

        Raises:
            QueryTooLarge: There are more than RELATIONS_MAX.
        """
        self.relations_named += 1
        if self.relations_named > RELATIONS_MAX:
            message = f"the query names more than {RELATIONS_MAX} tables and subqueries"
            raise self.source.place(QueryTooLarge(f"{message} (RELATIONS_MAX)"), node)
