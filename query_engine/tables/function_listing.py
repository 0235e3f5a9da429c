"""The functions as people and tools list them; derived from the catalogs, as docs/functions.md."""

from collections.abc import Iterable

from pydantic import BaseModel, Field

from query_engine.functions.catalog import EVERY_FUNCTION
from query_engine.functions.function import AggregateFunction, Example, ScalarFunction, signature
from query_engine.functions.table_function import RowFunction
from query_engine.functions.tables.catalog import ROW_FUNCTIONS
from query_engine.functions.window import WindowFunction
from query_engine.tables.functions.catalog import LAKE_FUNCTIONS
from query_engine.tables.functions.function import LakeFunction
from query_engine.tables.listing import ColumnInfo
from query_engine.wire import wire_type

Function = ScalarFunction | AggregateFunction | WindowFunction | RowFunction | LakeFunction

_KINDS: dict[type[Function], str] = {
    ScalarFunction: "scalar",
    AggregateFunction: "aggregate",
    WindowFunction: "window",
    RowFunction: "table",
    LakeFunction: "table",
}


class ExampleInfo(BaseModel):
    """A query that shows the function, and its one value."""

    sql: str
    result: str


class FunctionInfo(BaseModel):
    """One function."""

    name: str
    kind: str = Field(description="`scalar`, `aggregate`, `window`, or `table`: stands in FROM.")
    signature: str = Field(description="How a call is written; what may be left out is in [].")
    aliases: list[str] = Field(description="Other names of it.")
    group: str = Field(description="Heading of the reference page.")
    doc: str
    examples: list[ExampleInfo]
    columns: list[ColumnInfo] = Field(description="Of the rows, for some of the kind `table`.")


def function_infos(*, admin: bool) -> tuple[FunctionInfo, ...]:
    """Return every function; those of administrators only to *admin*."""
    lake = [function for function in LAKE_FUNCTIONS if admin or not function.admin]
    return (
        *(_info(function) for function in EVERY_FUNCTION),
        *(_info(function) for function in ROW_FUNCTIONS),
        *(_lake_info(function) for function in lake),
    )


def _info(
    function: ScalarFunction | AggregateFunction | WindowFunction | RowFunction,
) -> FunctionInfo:
    columns = function.columns if isinstance(function, RowFunction) else ()
    return FunctionInfo(
        name=function.name,
        kind=_KINDS[type(function)],
        signature=signature(function),
        aliases=list(function.aliases),
        group=function.group,
        doc=function.doc,
        examples=_examples(function.examples),
        columns=[
            ColumnInfo(name=column.name, type=str(wire_type(column.dtype)), doc=column.doc)
            for column in columns
        ],
    )


def _lake_info(function: LakeFunction) -> FunctionInfo:
    return FunctionInfo(
        name=function.name,
        kind=_KINDS[LakeFunction],
        signature=function.written,
        aliases=[],
        group="Functions that read the lake",
        doc=function.doc,
        examples=[],
        columns=[
            ColumnInfo(name=name, type=str(wire_type(dtype)), doc=doc)
            for name, dtype, doc in function.rows
        ],
    )


def _examples(examples: Iterable[Example]) -> list[ExampleInfo]:
    return [ExampleInfo(sql=example.sql, result=example.result) for example in examples]
