"""Statements that tell about tables, functions and queries, in DataFusion's columns."""

import polars as pl
import pytest

from query_engine.functions.catalog import EVERY_FUNCTION
from query_engine.functions.tables.catalog import ROW_FUNCTIONS
from query_engine.sql import plan, prepare
from query_engine.sql.catalog import Schema
from query_engine.sql.errors import BadParameter, SqlError, SyntaxProblem, UnknownTable, Unsupported
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog, lake

FUNCTION_COLUMNS = "parameters parameter_types function_type description syntax_example"


def rows(sql: str, limit: int | None = None) -> list[tuple[object, ...]]:
    """Run a statement."""
    return plan(sql, lake(), now_ns=NOW_NS, limit=limit).collect(engine="streaming").rows()


def columns(sql: str) -> list[str]:
    """Return the names of a statement's columns."""
    return plan(sql, lake(), now_ns=NOW_NS).collect_schema().names()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SHOW TABLES", "table_catalog table_schema table_name table_type"),
        (
            "SHOW COLUMNS FROM spans",
            "table_catalog table_schema table_name column_name data_type is_nullable",
        ),
        (
            "SHOW FUNCTIONS",
            f"function_name return_type {FUNCTION_COLUMNS}",
        ),
        ("SHOW ALL", "name value"),
        ("DESCRIBE spans", "column_name data_type is_nullable"),
        ("EXPLAIN SELECT 1", "plan_type plan"),
        ("EXPLAIN ANALYZE SELECT 1", "plan_type plan"),
    ],
)
def test_columns_are_called_as_in_datafusion(sql: str, expected: str) -> None:
    """
    Tools that list tables look for these names.
    """
    assert columns(sql) == expected.split()


def test_show_tables_lists_every_schema() -> None:
    """
    The tables that can be asked about, and those that tell about them.
    """
    listed = rows("SHOW TABLES;")
    assert ("limnograph", "public", "spans", "BASE TABLE") in listed
    assert ("limnograph", "information_schema", "columns", "VIEW") in listed
    assert listed == rows("SELECT * FROM information_schema.tables")


@pytest.mark.parametrize("name", ["spans", "public.spans", "LIMNOGRAPH.Public.Spans", '"spans"'])
def test_a_table_is_described_by_any_of_its_names(name: str) -> None:
    """
    With its catalog and schema before it or without; types are called as Arrow's.
    """
    described = [
        ("id", "Int64", "YES"),
        ("begin", 'Timestamp(ns, "UTC")', "YES"),
        ("end", 'Timestamp(ns, "UTC")', "YES"),
        ("name", "Utf8", "YES"),
        ("depth", "UInt32", "YES"),
    ]
    assert rows(f"DESCRIBE {name}") == described
    assert rows(f"desc {name}") == described
    where = ("limnograph", "public", "spans")
    assert rows(f"SHOW COLUMNS IN {name}") == [(*where, *row) for row in described]


def test_a_query_is_described_without_being_run() -> None:
    """
    The types of a result, nested ones too.
    """
    sql = 'DESCRIBE SELECT "streams.tags" AS tags, 1.5::decimal(4, 2) AS d FROM processes'
    assert rows(sql) == [("tags", "List(Utf8)", "YES"), ("d", "Decimal128(4, 2)", "YES")]
    assert rows("DESCRIBE WITH t AS (VALUES (1)) FROM t") == [("column1", "Int64", "YES")]


def test_functions_are_shown_by_pattern() -> None:
    """
    LIKE's signs mean what they mean everywhere; without a pattern all are shown.
    """
    assert [row[0] for row in rows("SHOW FUNCTIONS LIKE 'date_bi_'")] == ["date_bin"]
    assert rows("SHOW FUNCTIONS LIKE 'date%bin'")[0][4] == "SCALAR"
    everything = {row[0] for row in rows("SHOW FUNCTIONS")}
    assert everything >= {f.name for f in (*EVERY_FUNCTION, *ROW_FUNCTIONS)}
    kinds = {row[0]: row[4] for row in rows("SHOW FUNCTIONS")}
    assert (kinds["rank"], kinds["jsonb_each"], kinds["median"]) == ("WINDOW", "TABLE", "AGGREGATE")


def test_settings_are_shown_one_by_one_or_all() -> None:
    """
    What clients ask for when they connect.
    """
    assert ("datafusion.execution.time_zone", "UTC") in rows("SHOW ALL")
    assert rows("SHOW datafusion.execution.time_zone") == [
        ("datafusion.execution.time_zone", "UTC")
    ]


@pytest.mark.parametrize("table", ["tables", "views", "columns", "schemata", "routines"])
def test_information_schema_is_made_of_tables(table: str) -> None:
    """
    They can be filtered, joined and counted as any.
    """
    found = rows(f"SELECT count(*) FROM limnograph.information_schema.{table} WHERE 1 = 1")
    assert found[0][0] > 0


def test_columns_of_information_schema_can_be_joined() -> None:
    """
    The question behind every tree of tables.
    """
    sql = (
        "SELECT c.column_name FROM information_schema.tables t JOIN information_schema.columns c "
        "USING (table_schema, table_name) WHERE t.table_name = 'spans' AND data_type = 'Utf8'"
    )
    assert rows(sql) == [("name",)]


def test_parameters_of_functions_are_listed() -> None:
    """
    What goes in, in order, and what comes out.
    """
    sql = (
        "SELECT parameter_mode, parameter_name, data_type FROM information_schema.parameters "
        "WHERE specific_name = 'upper' ORDER BY 1"
    )
    assert rows(sql) == [("IN", "text", "text"), ("OUT", None, "text")]


class TwoSchemas(MemoryCatalog):
    """A catalog with a schema of its own beside the public one."""

    def schemas(self) -> dict[str, Schema]:
        """One more schema."""
        return {"system": MemoryCatalog(queries=pl.DataFrame({"id": [7]}))}


def test_a_catalog_may_bring_schemas_of_its_own() -> None:
    """
    Their tables are asked about and listed by their full names only.
    """
    catalog = TwoSchemas(queries=pl.DataFrame({"id": [1]}))

    def run(sql: str) -> list[tuple[object, ...]]:
        return plan(sql, catalog, now_ns=NOW_NS).collect().rows()

    assert run("SELECT id FROM system.queries") == [(7,)]
    assert run("SELECT id FROM queries") == [(1,)]
    assert run("SELECT s.id, queries.id FROM queries, system.queries AS s") == [(7, 1)]
    assert run("DESCRIBE system.queries") == [("id", "Int64", "YES")]
    assert ("limnograph", "system", "queries", "BASE TABLE") in run("SHOW TABLES")


@pytest.mark.parametrize(
    ("sql", "error", "column", "message"),
    [
        ("EXPLAIN", SyntaxProblem, 1, "followed by a query"),
        ("EXPLAIN ANALYZE", SyntaxProblem, 9, "followed by a query"),
        ("EXPLAIN VERBOSE SELECT 1", Unsupported, 9, "EXPLAIN VERBOSE"),
        ("EXPLAIN FORMAT JSON SELECT 1", Unsupported, 9, "EXPLAIN FORMAT"),
        ("EXPLAIN DELETE FROM spans", Unsupported, 9, "EXPLAIN DELETE"),
        ("EXPLAIN SELECT nope FROM spans", SqlError, 16, "no column"),
        ("SHOW", SyntaxProblem, 1, "followed by TABLES"),
        ("SHOW TABLES FROM spans", SyntaxProblem, 13, "nothing is expected after TABLES"),
        ("SHOW COLUMNS spans", SyntaxProblem, 6, "FROM and a table"),
        ("SHOW COLUMNS FROM", SyntaxProblem, 14, "followed by a table"),
        ("SHOW COLUMNS FROM spans WHERE true", SyntaxProblem, 19, "name is expected"),
        ("SHOW FUNCTIONS spans", SyntaxProblem, 16, "LIKE is expected"),
        ("SHOW FUNCTIONS LIKE", SyntaxProblem, 16, "a pattern in quotes"),
        ("SHOW FUNCTIONS LIKE 'a' 'b'", SyntaxProblem, 25, "nothing is expected"),
        ("SHOW search_path", SqlError, 1, "no setting"),
        ("DESCRIBE", SyntaxProblem, 1, "followed by a table"),
        ("DESCRIBE nowhere", UnknownTable, 10, "no table"),
        ("DESCRIBE here.spans", UnknownTable, 10, "no schema"),
        ("DESCRIBE here.public.spans", SyntaxProblem, 10, "no catalog"),
        ("DESCRIBE a.b.c.d", SyntaxProblem, 10, "name is expected"),
        ("DESCRIBE spans LIMIT 1", SyntaxProblem, 10, "name is expected"),
        ("SELECT * FROM here.public.spans", UnknownTable, 15, "no catalog"),
        ("SELECT * FROM here.spans", UnknownTable, 15, "no schema"),
        ("SELECT * FROM information_schema.nothing", UnknownTable, 34, "no table"),
        ("INSERT INTO spans VALUES (1)", Unsupported, 1, "INSERT is not supported"),
        ("SET x = 1", Unsupported, 1, "SET is not supported"),
    ],
)
def test_other_statements_are_refused_in_their_place(
    sql: str, error: type[SqlError], column: int, message: str
) -> None:
    """
    What is not one of these statements to its end is no statement.
    """
    with pytest.raises(error, match=message) as refusal:
        plan(sql, lake(), now_ns=NOW_NS)
    assert (refusal.value.line, refusal.value.column) == (1, column)


def test_the_limit_of_the_call_holds_for_every_statement() -> None:
    """
    It bounds the rows that are returned, whatever they tell.
    """
    for sql in ("SHOW TABLES", "SHOW FUNCTIONS", "DESCRIBE spans", "EXPLAIN SELECT 1 AS x"):
        assert len(rows(sql, limit=1)) == 1


def test_statements_without_a_query_take_no_parameters() -> None:
    """
    A value that nothing takes is an error everywhere.
    """
    with pytest.raises(BadParameter):
        plan("SHOW TABLES", lake(), now_ns=NOW_NS, parameters=[1])
    assert prepare("SHOW ALL", lake(), now_ns=NOW_NS).schema.names() == ["name", "value"]
