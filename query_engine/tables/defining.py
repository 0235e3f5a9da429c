"""
What CREATE and DROP MATERIALIZED VIEW do, for administrators.

Rule: nothing is changed while a statement is planned. Its plan's source does it when it runs, so
that neither a prepared statement nor a second attempt defines anything.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import polars as pl
import psycopg

from assets.errors import LakeError
from assets.storage.metadata.session import outages_translated, prepare
from assets.views.catalog import Views
from query_engine.defined.changes import checked, define, drop
from query_engine.defined.definition import Definition, WrongOption
from query_engine.functions.function import BadValue
from query_engine.sql.errors import SqlError
from query_engine.sql.positions import Source
from query_engine.sql.row_source import RowSource
from query_engine.sql.view_statements import CreateView, DropView, ViewStatement

ROWS = pl.Schema({"view": pl.String(), "msg": pl.String()})
"""What such a statement yields: the view, and what was done."""

Change = Callable[[psycopg.Connection], str]


@dataclass(frozen=True, slots=True)
class Changing(RowSource):
    """The source of a plan that changes a definition and yields what was done."""

    database_url: str = field(repr=False)
    statement: ViewStatement
    definition: Definition | None

    def frames(self) -> Iterator[pl.DataFrame]:
        """Change the definition."""
        with (
            outages_translated(),
            psycopg.connect(self.database_url, autocommit=True) as connection,
        ):
            prepare(connection)
            try:
                done = self.change(connection)
            except (WrongOption, LakeError) as error:
                raise BadValue(str(error)) from None
        yield pl.DataFrame([(self.statement.name, done)], schema=ROWS, orient="row")

    def change(self, connection: psycopg.Connection) -> str:
        """Do what the statement says; returns it in words."""
        if self.definition is None or isinstance(self.statement, DropView):
            return drop(connection, self.statement.name, quietly=self.statement.quietly)
        return define(
            connection,
            self.definition,
            origin="sql",
            replaces=self.statement.replaces,
            quietly=self.statement.quietly,
        )


def checked_definition(
    statement: ViewStatement, source: Source, views: Views, *, admin: bool
) -> Definition | None:
    """
    Return what a statement defines, after a look whether it can be built; None when it drops.

    Raises:
        SqlError: It cannot be, or who asks is no administrator; placed.
    """
    if not admin:
        raise source.place(SqlError("views are defined by administrators"), 0)
    if isinstance(statement, DropView):
        return None
    before = "".join("\n" if c == "\n" else " " for c in source.sql[: statement.sql_offset])
    options = {name: option.value for name, option in statement.options.items()}
    try:
        definition = Definition.of_options(statement.name, statement.sql, options)
        checked(definition, views, before=before)
    except WrongOption as error:
        raise source.place(SqlError(error.message), _place(statement, error.key)) from None
    return definition


def _place(statement: CreateView, key: str) -> int:
    option = statement.options.get(key)
    if option is not None:
        return option.offset
    return statement.name_offset if key == "name" else statement.sql_offset
