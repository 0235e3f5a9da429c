"""What SHOW and DESCRIBE yield; names and columns are DataFusion's."""

import re

import polars as pl

from query_engine.functions.function import signature
from query_engine.sql.arrow_types import arrow_name
from query_engine.sql.catalog import Catalog, ScanRequest
from query_engine.sql.errors import SqlError
from query_engine.sql.information_schema import (
    NAME,
    PUBLIC,
    SETTINGS,
    functions,
    kind_of,
    opened_by,
    returns,
)
from query_engine.sql.patterns import like_parts, like_regexp
from query_engine.sql.schemas import CATALOG_NAME, schema_named
from query_engine.sql.statements import (
    DescribeTable,
    ShowFunctions,
    ShowSettings,
    ShowTables,
    Telling,
)

TEXTS = pl.List(pl.String())
FUNCTIONS_SCHEMA = pl.Schema(
    {
        "function_name": pl.String(),
        "return_type": pl.String(),
        "parameters": TEXTS,
        "parameter_types": TEXTS,
        "function_type": pl.String(),
        "description": pl.String(),
        "syntax_example": pl.String(),
    }
)
COLUMN_FIELDS = ["column_name", "data_type", "is_nullable"]
PLACE_FIELDS = ["table_catalog", "table_schema", "table_name"]


def described(schema: pl.Schema) -> pl.LazyFrame:
    """Return the columns of a result."""
    rows = [(name, arrow_name(dtype), "YES") for name, dtype in schema.items()]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMN_FIELDS, pl.String()), orient="row").lazy()


def told(statement: Telling, catalog: Catalog) -> pl.LazyFrame:
    """
    Return what a statement about tables, functions or settings yields.

    Raises:
        UnknownTable: There is no such table; without a place.
        SqlError: There is no such setting; without a place.
    """
    match statement:
        case DescribeTable():
            return columns(statement, catalog)
        case ShowTables():
            tables = schema_named(catalog, NAME).table("tables")
            return tables.scan(ScanRequest())
        case ShowFunctions():
            return known_functions(statement.pattern, catalog)
        case ShowSettings():
            return settings(statement.name)


def columns(statement: DescribeTable, catalog: Catalog) -> pl.LazyFrame:
    """Return the columns of a table, with where it is if the statement asks for that."""
    place = statement.table.schema or PUBLIC
    table = schema_named(catalog, place).table(statement.table.name)
    rows = described(table.schema)
    if not statement.full:
        return rows
    values = (CATALOG_NAME, place, statement.table.name)
    where = [pl.lit(v).alias(n) for n, v in zip(PLACE_FIELDS, values, strict=True)]
    return rows.select(*where, *COLUMN_FIELDS)


def known_functions(pattern: str | None, catalog: Catalog) -> pl.LazyFrame:
    """Return the functions whose name is LIKE *pattern*, those that *catalog* opens too."""
    parts = like_parts("%" if pattern is None else pattern, "\\")
    matches = re.compile(like_regexp(parts, fold=False))
    rows = [
        (
            name,
            returns(function),
            [parameter.name for parameter in function.parameters],
            [parameter.kind.value for parameter in function.parameters],
            kind_of(function),
            function.doc,
            signature(function),
        )
        for name, function in functions()
        if matches.match(name)
    ]
    rows += [
        (opened.name, None, [], [], "TABLE", opened.doc, opened.written)
        for opened in opened_by(catalog)
        if matches.match(opened.name)
    ]
    return pl.DataFrame(rows, schema=FUNCTIONS_SCHEMA, orient="row").lazy()


def settings(name: str | None) -> pl.LazyFrame:
    """Return one setting, or all."""
    if name is not None and name not in SETTINGS:
        raise SqlError(f'there is no setting "{name}"', hint="SHOW ALL lists them")
    rows = [(key, value) for key, value in SETTINGS.items() if name in {None, key}]
    schema = dict.fromkeys(["name", "value"], pl.String())
    return pl.DataFrame(rows, schema=schema, orient="row").lazy()
