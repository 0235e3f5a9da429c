"""
Writes the reference page of the functions from the catalog.

``python -m query_engine.functions.reference`` prints it; a test compares it with the page.
"""

import datetime as dt
import sys
from collections.abc import Iterable

import polars as pl

from query_engine.functions.absent import ABSENT, IN_PART
from query_engine.functions.catalog import EVERY_FUNCTION
from query_engine.functions.function import AggregateFunction, ScalarFunction, signature
from query_engine.functions.table_function import RowFunction
from query_engine.functions.tables.catalog import ROW_FUNCTIONS
from query_engine.functions.window import WindowFunction
from query_engine.sql.types import shown
from query_engine.tables.functions.catalog import LAKE_FUNCTIONS
from query_engine.tables.functions.function import LakeFunction

Function = ScalarFunction | AggregateFunction | WindowFunction | RowFunction
Columns = Iterable[tuple[str, pl.DataType, str]]

HEAD = """# SQL functions

Generated from the catalog: `python -m query_engine.functions.reference > docs/functions.md`.

Unless said otherwise, a function of one row is NULL when an argument is NULL, and an aggregate
ignores NULLs. Every aggregate but those of histograms is a window function too:
`sum(x) OVER (...)`. Timestamps have nanoseconds and are UTC. Examples that read `t` read a table
whose column `x` is 1, 2, 2, NULL. Every example is a test.

Functions of the groups Tables and "that read the lake" stand in FROM. The only argument of the
former may be a subquery of many rows; arguments of the latter are constants or subqueries of one
value, which are run first.
"""


def page() -> str:
    """Return the whole page."""
    groups: dict[str, list[Function]] = {}
    every: list[Function] = [*EVERY_FUNCTION, *ROW_FUNCTIONS]
    for function in every:
        groups.setdefault(function.group, []).append(function)
    parts = [HEAD]
    for group, functions in groups.items():
        parts.append(f"## {group}\n")
        parts.extend(entry(function) for function in functions)
    parts.append("## Functions that read the lake\n")
    parts.extend(lake_entry(function) for function in LAKE_FUNCTIONS)
    parts.append("## Not here\n")
    parts.append("DataFusion has these, and we have not:\n")
    parts.extend(f"* `{name}`: {reason}." for name, reason in ABSENT.items())
    parts.append("\nOf these a part is missing:\n")
    parts.extend(f"* `{name}`: {reason}." for name, reason in IN_PART.items())
    return "\n".join(parts) + "\n"


def lake_entry(function: LakeFunction) -> str:
    """Return the section of one function that reads the lake."""
    lines = [f"### `{function.written}`\n"]
    if function.admin:
        lines.append("For administrators; for others there is no such function.\n")
    lines.append(function.doc + "\n")
    if function.rows:
        lines += [*column_table(function.rows), ""]
    return "\n".join(lines)


def column_table(columns: Columns) -> list[str]:
    """Return the lines of a table of columns."""
    rows = [f"| {name} | {shown(dtype)} | {doc} |" for name, dtype, doc in columns]
    return ["| column | type | |", "|---|---|---|", *rows]


def entry(function: Function) -> str:
    """Return the section of one function."""
    lines = [f"### `{signature(function)}`\n"]
    if function.aliases:
        lines.append("Also: " + ", ".join(f"`{name}`" for name in function.aliases) + "\n")
    lines.append(function.doc + "\n")
    if isinstance(function, RowFunction):
        lines += [*column_table((c.name, c.dtype, c.doc) for c in function.columns), ""]
    lines.append("```sql")
    lines.extend(f"{example.sql}  -- {example.result}" for example in function.examples)
    lines.append("```\n")
    return "\n".join(lines)


def printed(value: object) -> str:
    """Return a value as the examples show it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        text = value.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return text.replace(".000Z", "Z")
    if isinstance(value, list):
        return f"[{', '.join(printed(item) for item in value)}]"
    return str(value)


if __name__ == "__main__":
    sys.stdout.write(page())
