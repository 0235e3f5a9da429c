"""jsonb_array_elements(value): a row for each element of an array."""

import polars as pl

from query_engine.functions.function import BadValue, Example, Kind, Parameter
from query_engine.functions.json.documents import DOCUMENT, read, written
from query_engine.functions.rowwise import rowwise
from query_engine.functions.table_function import OutputColumn, RowFunction

ELEMENTS = pl.List(DOCUMENT)


def elements(document: bytes) -> list[bytes]:
    """Return the elements of an array."""
    value = read(document)
    if not isinstance(value, list):
        raise BadValue("jsonb_array_elements takes a JSON array")
    return [written(inner) for inner in value]


def rows(arguments: pl.LazyFrame) -> pl.LazyFrame:
    """Take each array apart."""
    found = arguments.select(rowwise(elements, [pl.col("value")], ELEMENTS).alias("value"))
    return found.explode("value", empty_as_null=False, keep_nulls=False)


JSONB_ARRAY_ELEMENTS = RowFunction(
    name="jsonb_array_elements",
    parameters=(Parameter("value", Kind.JSON),),
    columns=(OutputColumn("value", DOCUMENT, "the element, JSON"),),
    rows=rows,
    doc=(
        "A row for each element of a JSON array. Takes the rows of a subquery, one after another; "
        "NULL has no rows, JSON that is no array is an error."
    ),
    examples=(
        Example(
            "SELECT sum(jsonb_as_i64(value)) FROM jsonb_array_elements(jsonb_parse('[1, 2]'))", "3"
        ),
    ),
)
