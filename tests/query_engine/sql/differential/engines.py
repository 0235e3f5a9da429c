"""The three engines: ours, the one it is held against, and the one that decides who is wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import datafusion
import duckdb
import polars as pl

from query_engine.sql import plan
from query_engine.sql.errors import SqlError
from tests.query_engine.sql.differential.divergences import NOT_COMPARED
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog

Tables = Mapping[str, pl.DataFrame]

NANOSECONDS = {"tn"}
"""Columns of time that DuckDB keeps in nanoseconds; its functions know microseconds only."""

RUN_ERRORS = (duckdb.OutOfRangeException, duckdb.ConversionException, duckdb.InvalidInputException)
"""A value ends DuckDB's query, which it need not do for us."""


@dataclass(frozen=True)
class Failure:
    """A query that ended with an error."""

    message: str
    skipped: bool = False


Answer = pl.DataFrame | Failure


def naive(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame without time zones, in microseconds where that is all DuckDB has."""
    coarse = [
        pl.col(name).dt.cast_time_unit("us")
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.Datetime | pl.Duration) and name not in NANOSECONDS
    ]
    return frame.with_columns(pl.col(pl.Datetime).dt.replace_time_zone(None)).with_columns(coarse)


class DuckDB:
    """DuckDB with our meaning where it has a setting."""

    def __init__(self, tables: Tables) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("SET threads = 1")
        self.connection.execute("PRAGMA disable_optimizer")
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET default_null_order = 'nulls_last_on_asc_first_on_desc'")
        self.connection.execute("CREATE MACRO regexp_like(t, p) AS regexp_matches(t, p)")
        for name, frame in tables.items():
            self.connection.register(f"{name}_arrow", naive(frame).to_arrow())
            self.connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_arrow")

    def answer(self, sql: str) -> Answer:
        """Return the rows; ``skipped`` where they cannot be compared."""
        if any(re.search(part, sql) for part in NOT_COMPARED):
            return Failure("declared", skipped=True)
        try:
            table = self.connection.sql(sql).to_arrow_table()
        except RUN_ERRORS as error:
            return Failure(str(error), skipped=True)
        except duckdb.Error as error:
            limits = ("not yet supported", "not supported", "Not implemented", "non-inner join")
            limits += ("must appear in the GROUP BY",)
            return Failure(str(error), skipped=any(limit in str(error) for limit in limits))
        for index, field in enumerate(table.schema):
            if str(field.type) == "month_day_nano_interval":
                lengths = [
                    None if value is None else value.days * 86_400 * 10**9 + value.nanoseconds
                    for value in table.column(index).to_pylist()
                ]
                spans = pl.Series(lengths, dtype=pl.Int64()).cast(pl.Duration("ns"))
                table = table.set_column(index, field.name, spans.to_arrow())
        if any("interval" in str(field.type) for field in table.schema):
            return Failure("lists of intervals", skipped=True)
        if len(set(table.column_names)) < table.num_columns:
            return Failure("columns of one name", skipped=True)
        return pl.DataFrame(table)


class DataFusion:
    """DataFusion, the referee: what it says as well is right."""

    def __init__(self, tables: Tables) -> None:
        self.context = datafusion.SessionContext(
            datafusion.SessionConfig().with_target_partitions(1)
        )
        for name, frame in tables.items():
            self.context.from_polars(frame, name)

    def answer(self, sql: str) -> Answer:
        """Return the rows, or why there are none."""
        try:
            table = self.context.sql(ours_text(sql)).to_arrow_table()
            if any("interval" in str(field.type) for field in table.schema):
                return Failure("intervals", skipped=True)
            return pl.DataFrame(table)
        except Exception as error:  # it raises plain Exceptions for everything
            return Failure(str(error), skipped=True)


class Ours:
    """The planner over frames in memory."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def answer(self, sql: str) -> Answer:
        """Return the rows, or the error, which is a difference whatever its class."""
        try:
            frame = plan(ours_text(sql), MemoryCatalog(**self.tables), now_ns=NOW_NS)
            return frame.collect(engine="streaming")
        except (SqlError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            return Failure(f"{type(error).__name__}: {error}")


def ours_text(sql: str) -> str:
    """Return the text for us and DataFusion."""
    return sql.replace(" // ", " / ").replace(" AS TIMESTAMP_NS)", " AS TIMESTAMP)")
