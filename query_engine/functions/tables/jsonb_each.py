"""jsonb_each(value): a row for each member of an object, or element of an array."""

import polars as pl

from query_engine.functions.function import BadValue, Example, Kind, Parameter
from query_engine.functions.json.documents import DOCUMENT, read, written
from query_engine.functions.rowwise import rowwise
from query_engine.functions.table_function import OutputColumn, RowFunction
from query_engine.functions.tables.row_check import with_rows

MEMBERS = pl.List(pl.Struct({"key": pl.String(), "value": DOCUMENT}))


def members(document: bytes) -> list[dict[str, object]]:
    """Return the members of an object, or the elements of an array by their places."""
    value = read(document)
    if isinstance(value, dict):
        return [{"key": key, "value": written(inner)} for key, inner in value.items()]
    if isinstance(value, list):
        return [{"key": str(i), "value": written(inner)} for i, inner in enumerate(value)]
    raise BadValue("jsonb_each takes an object or an array, not a single JSON value")


def rows(arguments: pl.LazyFrame) -> pl.LazyFrame:
    """Take each document apart."""
    found = (
        arguments.select(rowwise(members, [pl.col("value")], MEMBERS).alias("member"))
        .explode("member", empty_as_null=False, keep_nulls=False)
        .select(pl.col("member").struct.field("key"), pl.col("member").struct.field("value"))
    )
    return with_rows(found, arguments, "the subquery of jsonb_each returned no rows")


JSONB_EACH = RowFunction(
    name="jsonb_each",
    parameters=(Parameter("value", Kind.JSON),),
    columns=(
        OutputColumn("key", pl.String(), "name of the member, or place of the element from 0"),
        OutputColumn("value", DOCUMENT, "its value, JSON"),
    ),
    rows=rows,
    doc=(
        "A row for each member of an object, by name, or each element of an array. Takes the rows "
        "of a subquery, one after another; NULL has no rows, any other JSON is an error, and so is "
        "a subquery without rows."
    ),
    examples=(
        Example(
            """SELECT string_agg(key, ',' ORDER BY key) FROM jsonb_each("""
            """jsonb_parse('{"b": 1, "a": 2}'))""",
            "a,b",
        ),
    ),
)
