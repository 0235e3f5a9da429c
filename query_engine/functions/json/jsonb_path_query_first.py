"""jsonb_path_query_first(value, path): the first value that a JSON path selects, or NULL."""

import polars as pl

from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction
from query_engine.functions.json.documents import DOCUMENT, documents, read, written
from query_engine.functions.jsonpath import select
from query_engine.functions.jsonpath.arguments import check_path, path_of
from query_engine.functions.rowwise import rowwise


def compute(document: bytes, path: str) -> bytes | None:
    """Return the first of what the path selects."""
    found = select(path_of(path), read(document))
    return written(found[0]) if found else None


def build(value: Argument, path: Argument) -> pl.Expr:
    """Select from each document."""
    check_path(path)
    return rowwise(compute, [documents(value), path], DOCUMENT)


JSONB_PATH_QUERY_FIRST = ScalarFunction(
    name="jsonb_path_query_first",
    group="JSON",
    parameters=(Parameter("value", Kind.JSON), Parameter("path", Kind.TEXT)),
    returns=DOCUMENT,
    build=build,
    doc="The first value that a JSON path selects (see jsonb_path_query); NULL if there is none.",
    examples=(
        Example(
            "SELECT jsonb_as_i64(jsonb_path_query_first(jsonb_parse('[3, 4]'), '$[*]'))",
            "3",
        ),
    ),
)
