"""jsonb_path_query(value, path): everything that a JSON path selects, as an array."""

import polars as pl

from query_engine.functions.function import Argument, Example, Kind, Parameter, ScalarFunction
from query_engine.functions.json.documents import DOCUMENT, documents, read, written
from query_engine.functions.jsonpath import select
from query_engine.functions.jsonpath.arguments import check_path, path_of
from query_engine.functions.rowwise import rowwise


def compute(document: bytes, path: str) -> bytes:
    """Return an array of what the path selects."""
    return written(select(path_of(path), read(document)))


def build(value: Argument, path: Argument) -> pl.Expr:
    """Select from each document."""
    check_path(path)
    return rowwise(compute, [documents(value), path], DOCUMENT)


JSONB_PATH_QUERY = ScalarFunction(
    name="jsonb_path_query",
    group="JSON",
    parameters=(Parameter("value", Kind.JSON), Parameter("path", Kind.TEXT)),
    returns=DOCUMENT,
    build=build,
    doc=(
        "Everything that a JSON path selects, as a JSON array; `[]` if it selects nothing. "
        "Paths: `$.name`, `.*`, `[0]`, `[last]`, `[1 to last]`, `[*]`, `.**` and filters "
        '`? (@.x > 1 && @.name starts with "a")` with `== != < <= > >=`, `&&`, `||`, `!(...)`, '
        "`exists(...)`, `starts with`, `like_regex`, `+ - * / %`."
    ),
    examples=(
        Example(
            "SELECT jsonb_format_json(jsonb_path_query("
            """jsonb_parse('[{"x": 1}, {"x": 5}]'), '$[*] ? (@.x > 2).x'))""",
            "[5]",
        ),
    ),
)
