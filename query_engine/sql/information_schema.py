"""
``information_schema``: the tables, columns and functions that there are, as tables.

Names, columns and types are DataFusion's, whose clients read them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from query_engine.functions.catalog import EVERY_FUNCTION
from query_engine.functions.function import AggregateFunction, ScalarFunction, signature
from query_engine.functions.table_function import RowFunction
from query_engine.functions.tables.catalog import ROW_FUNCTIONS
from query_engine.functions.window import WindowFunction
from query_engine.sql import limits
from query_engine.sql.arrow_types import arrow_name
from query_engine.sql.catalog import CatalogFunction, FunctionCatalog, ScanRequest, Schema, Table
from query_engine.sql.errors import UnknownTable
from query_engine.sql.types import shown

NAME = "information_schema"
PUBLIC = "public"
BASE_TABLE, VIEW = "BASE TABLE", "VIEW"
TEXT, NUMBER, FLAG = pl.String(), pl.UInt64(), pl.Boolean()
Function = ScalarFunction | AggregateFunction | WindowFunction | RowFunction

TABLES_COLUMNS = dict.fromkeys(["table_catalog", "table_schema", "table_name", "table_type"], TEXT)
VIEWS_COLUMNS = dict.fromkeys(["table_catalog", "table_schema", "table_name", "definition"], TEXT)
COLUMNS_COLUMNS: dict[str, pl.DataType] = {
    "table_catalog": TEXT,
    "table_schema": TEXT,
    "table_name": TEXT,
    "column_name": TEXT,
    "ordinal_position": NUMBER,
    "column_default": TEXT,
    "is_nullable": TEXT,
    "data_type": TEXT,
    "character_maximum_length": NUMBER,
    "character_octet_length": NUMBER,
    "numeric_precision": NUMBER,
    "numeric_precision_radix": NUMBER,
    "numeric_scale": NUMBER,
    "datetime_precision": NUMBER,
    "interval_type": TEXT,
}
SCHEMATA_COLUMNS = dict.fromkeys(
    [
        "catalog_name",
        "schema_name",
        "schema_owner",
        "default_character_set_catalog",
        "default_character_set_schema",
        "default_character_set_name",
        "sql_path",
    ],
    TEXT,
)
ROUTINES_COLUMNS: dict[str, pl.DataType] = {
    "specific_catalog": TEXT,
    "specific_schema": TEXT,
    "specific_name": TEXT,
    "routine_catalog": TEXT,
    "routine_schema": TEXT,
    "routine_name": TEXT,
    "routine_type": TEXT,
    "is_deterministic": FLAG,
    "data_type": TEXT,
    "function_type": TEXT,
    "description": TEXT,
    "syntax_example": TEXT,
}
PARAMETERS_COLUMNS: dict[str, pl.DataType] = {
    "specific_catalog": TEXT,
    "specific_schema": TEXT,
    "specific_name": TEXT,
    "ordinal_position": NUMBER,
    "parameter_mode": TEXT,
    "parameter_name": TEXT,
    "data_type": TEXT,
    "parameter_default": TEXT,
    "is_variadic": FLAG,
    "rid": pl.UInt8(),
}
SETTINGS_COLUMNS = dict.fromkeys(["name", "value"], TEXT)

SETTINGS: Mapping[str, str] = {
    "datafusion.catalog.default_catalog": "limnograph",
    "datafusion.catalog.default_schema": PUBLIC,
    "datafusion.catalog.information_schema": "true",
    "datafusion.execution.time_zone": "UTC",
    "datafusion.sql_parser.enable_ident_normalization": "true",
    "limnograph.sql.chars_max": str(limits.SQL_CHARS_MAX),
    "limnograph.sql.words_max": str(limits.SQL_WORDS_MAX),
    "limnograph.sql.nesting_max": str(limits.NESTING_MAX),
    "limnograph.sql.relations_max": str(limits.RELATIONS_MAX),
}
"""What SHOW ALL shows: what is so, and cannot be set; names are DataFusion's where it has one."""


@dataclass(frozen=True, slots=True)
class InformationSchema:
    """The tables that tell about the tables of *schemas*, which are all but this."""

    catalog_name: str
    schemas: Mapping[str, Schema]

    def table(self, name: str) -> Table:
        """Return one of the tables; raises UnknownTable."""
        if name not in MADE_BY:
            known = ", ".join(MADE_BY)
            raise UnknownTable(f'there is no table "{NAME}.{name}"', hint=f"there are {known}")
        columns, make = MADE_BY[name]
        return InformationTable(self, name, pl.Schema(columns), make)

    def table_names(self) -> Sequence[str]:
        """Every table of the schema."""
        return tuple(MADE_BY)


@dataclass(frozen=True, slots=True)
class InformationTable:
    """One of the tables, made when it is read."""

    about: InformationSchema
    name: str
    schema: pl.Schema
    make: Callable[[InformationSchema], list[tuple[object, ...]]]

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Return all rows."""
        del request
        return pl.DataFrame(self.make(self.about), schema=self.schema, orient="row").lazy()


def tables(about: InformationSchema) -> list[tuple[object, ...]]:
    """List every table of every schema."""
    name = about.catalog_name
    found = [
        (name, schema, table, BASE_TABLE)
        for schema, place in about.schemas.items()
        for table in place.table_names()
    ]
    return [*found, *((name, NAME, table, VIEW) for table in about.table_names())]


def views(about: InformationSchema) -> list[tuple[object, ...]]:
    """List tables by their definition in SQL; none has one."""
    return [(*row[:3], None) for row in tables(about) if row[3] == BASE_TABLE]


def columns(about: InformationSchema) -> list[tuple[object, ...]]:
    """List the columns of every table, those of this schema too."""
    rest = (None,) * 7
    return [
        (about.catalog_name, schema, table, column, index, None, "YES", arrow_name(dtype), *rest)
        for schema, place in (*about.schemas.items(), (NAME, about))
        for table in place.table_names()
        for index, (column, dtype) in enumerate(place.table(table).schema.items())
    ]


def schemata(about: InformationSchema) -> list[tuple[object, ...]]:
    """List the schemas."""
    return [(about.catalog_name, name, *(None,) * 5) for name in (*about.schemas, NAME)]


def routines(about: InformationSchema) -> list[tuple[object, ...]]:
    """List the functions under all of their names."""
    place = (about.catalog_name, PUBLIC)
    rows: list[tuple[object, ...]] = []
    for name, function in functions():
        about_it = (kind_of(function), function.doc, signature(function))
        what = ("FUNCTION", deterministic(function), returns(function))
        rows.append((*place, name, *place, name, *what, *about_it))
    for opened in opened_by(about.schemas[PUBLIC]):
        about_it = ("TABLE", opened.doc, opened.written)
        rows.append((*place, opened.name, *place, opened.name, "FUNCTION", False, None, *about_it))
    return rows


def parameters(about: InformationSchema) -> list[tuple[object, ...]]:
    """List what functions take (IN) and yield (OUT)."""
    place = (about.catalog_name, PUBLIC)
    rows: list[tuple[object, ...]] = []
    for name, function in functions():
        for index, parameter in enumerate(function.parameters, 1):
            kind = parameter.kind.value
            row = (*place, name, index, "IN", parameter.name, kind, None, parameter.variadic, 0)
            rows.append(row)
        rows.append((*place, name, 1, "OUT", None, returns(function), None, False, 0))
    return rows


def settings(about: InformationSchema) -> list[tuple[object, ...]]:
    """List the settings."""
    del about
    return list(SETTINGS.items())


MADE_BY: Mapping[
    str,
    tuple[Mapping[str, pl.DataType], Callable[[InformationSchema], list[tuple[object, ...]]]],
] = {
    "tables": (TABLES_COLUMNS, tables),
    "views": (VIEWS_COLUMNS, views),
    "columns": (COLUMNS_COLUMNS, columns),
    "schemata": (SCHEMATA_COLUMNS, schemata),
    "routines": (ROUTINES_COLUMNS, routines),
    "parameters": (PARAMETERS_COLUMNS, parameters),
    "df_settings": (SETTINGS_COLUMNS, settings),
}
"""Columns and rows of each table."""


def functions() -> list[tuple[str, Function]]:
    """Return every function under each of its names, in the order of the reference page."""
    listed: list[Function] = [*EVERY_FUNCTION, *ROW_FUNCTIONS]
    return [(name, f) for f in listed for name in (f.name, *f.aliases)]


def opened_by(schema: object) -> Sequence[CatalogFunction]:
    """Return the functions in FROM that a schema opens, if it is a catalog that has any."""
    return schema.table_functions() if isinstance(schema, FunctionCatalog) else ()


def kind_of(function: Function) -> str:
    """Return what kind of function it is."""
    kinds = {AggregateFunction: "AGGREGATE", WindowFunction: "WINDOW", RowFunction: "TABLE"}
    return kinds.get(type(function), "SCALAR")


def deterministic(function: Function) -> bool:
    """Tell whether the function says the same whenever it is asked."""
    return not (isinstance(function, ScalarFunction) and function.clock)


def returns(function: Function) -> str | None:
    """Return the type of the result; None when it follows from the arguments, or is rows."""
    if isinstance(function, RowFunction):
        return None
    return shown(function.returns) if isinstance(function.returns, pl.DataType) else None
