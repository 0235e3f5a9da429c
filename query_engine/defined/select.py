"""
A SELECT that is bound once and planned over other rows each time.

What would end a query (a division by zero, a text that is no number) is NULL here: one odd event
must not keep all the others out of a table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl
from sqlglot import exp

from query_engine.defined.frames import GivenTable
from query_engine.sql.catalog import Catalog
from query_engine.sql.clauses import refuse_unsupported
from query_engine.sql.errors import SqlError
from query_engine.sql.lazy import quiet
from query_engine.sql.lowering import lower
from query_engine.sql.optimize.catalog import optimized
from query_engine.sql.parameters import bound_parameters
from query_engine.sql.planning import placed_errors
from query_engine.sql.positions import Source
from query_engine.sql.queries import Queries
from query_engine.sql.relations import Project, Relation, Scan, topological
from query_engine.sql.rewriting import rebuilt, with_values
from query_engine.sql.scalars import Call, ColumnRef, Scalar
from query_engine.sql.scope import Named
from query_engine.sql.session import Session
from query_engine.sql.statements import Query, read_statement


@dataclass(frozen=True, slots=True, eq=False)
class Select:
    """
    A bound SELECT.

    Attributes:
        source: Its text.
        tree: Its syntax.
        relation: What it computes.
        columns: Its columns, under their names.
    """

    source: Source
    tree: exp.Expr
    relation: Relation
    columns: tuple[Named, ...]

    @property
    def tables(self) -> tuple[GivenTable, ...]:
        """What it reads, each once."""
        scans = [node for node in topological(self.relation) if isinstance(node, Scan)]
        found = {node.table.name: node.table for node in reversed(scans)}
        return tuple(table for table in found.values() if isinstance(table, GivenTable))

    def item(self, place: int) -> exp.Expr | int:
        """Return the item of the SELECT list that a column is, as far as the list says so."""
        items = self.tree.selects if isinstance(self.tree, exp.Query) else []
        return items[place] if len(items) == len(self.columns) else 0

    def problem(self, message: str, where: exp.Expr | int = 0, hint: str | None = None) -> SqlError:
        """Return an error that is placed in the text."""
        return self.source.place(SqlError(message, hint=hint), where)


def bound_select(source: Source, catalog: Catalog) -> Select:
    """
    Bind a text, which is one query.

    Raises:
        SqlError: Something in it is wrong; placed.
    """
    with placed_errors(source):
        statement = read_statement(source)
        if not isinstance(statement, Query):
            raise source.place(SqlError("a view is made of a SELECT"), 0)
        tree = statement.tree
        refuse_unsupported(tree, source)
        session = Session(source, catalog, 0, bound_parameters(tree, source, None))
        bound = Queries(session).query(tree)
        return Select(source, tree, bound.relation, bound.columns)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """
    A relation that is ready to be planned over any rows.

    Attributes:
        outputs: The relation's columns, and what they are called.
    """

    relation: Relation
    outputs: tuple[tuple[ColumnRef, str], ...]

    @classmethod
    def of(cls, relation: Relation, columns: tuple[Named, ...]) -> "Plan":
        """Prepare what *columns* of *relation* are."""
        items: tuple[tuple[ColumnRef, Scalar], ...] = tuple(
            (ColumnRef(f"{item.name}#out{index}", item.column.dtype), item.column)
            for index, item in enumerate(columns)
        )
        made = rebuilt(Project(relation, items), _quiet)
        outputs = tuple(
            (column, item.name) for (column, _), item in zip(items, columns, strict=True)
        )
        return cls(optimized(made), outputs)

    def over(self, rows: Mapping[str, pl.LazyFrame], schema: pl.Schema) -> pl.LazyFrame:
        """Return the plan over the rows of each table, with exactly the columns of *schema*."""

        def given(node: Relation) -> Relation:
            if isinstance(node, Scan) and isinstance(node.table, GivenTable):
                return replace(node, table=replace(node.table, rows=rows[node.table.name]))
            return node

        frame = lower(rebuilt(self.relation, given))
        return frame.select(
            pl.col(column.id).cast(schema[name]).alias(name) for column, name in self.outputs
        )


def _quiet(node: Relation) -> Relation:
    return with_values(node, _quiet_value)


def _quiet_value(value: Scalar) -> Scalar:
    return quiet(value) if isinstance(value, Call) else value
