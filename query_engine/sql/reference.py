"""
Makes the tables of docs/sql.md from the code; the prose between them is written by hand.

``python -m query_engine.sql.reference docs/sql.md`` brings the page up to date; a test compares.
What stands between ``<!-- made: NAME -->`` and ``<!-- end -->`` is replaced.
"""

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import polars as pl
from sqlglot import exp

from query_engine.functions import limits as function_limits
from query_engine.functions.function import DURATION, TIME
from query_engine.sql import information_schema, limits
from query_engine.sql.clauses import REFUSED
from query_engine.sql.dialect import Limnograph
from query_engine.sql.differences import DATAFUSION, DUCKDB
from query_engine.sql.type_names import DEFAULT_DECIMAL, SQL_TYPES
from query_engine.sql.types import BOOLEAN, DATE, FLOAT32, FLOAT64, INT64, TEXT
from query_engine.tables import system
from query_engine.windows import limits as window_limits

VALUES: Mapping[pl.DataType, str] = {
    pl.Int8(): "whole numbers of 8 bits",
    pl.Int16(): "whole numbers of 16 bits",
    pl.Int32(): "whole numbers of 32 bits",
    INT64: "whole numbers of 64 bits; literals without a point",
    pl.UInt8(): "0 to 255",
    pl.UInt16(): "0 to 65,535",
    pl.UInt32(): "0 to 2^32 - 1",
    pl.UInt64(): "0 to 2^64 - 1; literals that BIGINT does not hold",
    FLOAT32: "32-bit floats",
    FLOAT64: "64-bit floats; literals with a point or an exponent",
    BOOLEAN: "true, false",
    TEXT: "UTF-8, compared by code point; a length (`VARCHAR(20)`) is accepted and cuts nothing",
    pl.Binary(): "bytes",
    DATE: "days",
    pl.Time(): "times of day, in nanoseconds",
    TIME: "moments in nanoseconds, always UTC, 1677 to 2262",
    DURATION: (
        "lengths in nanoseconds; months and years only as constants beside a time or in `date_bin`"
    ),
}
"""What the values of each type are; a type without an entry cannot be on the page."""

PART = re.compile(r"<!-- made: (\w+) -->\n(.*?)<!-- end -->\n", re.DOTALL)


def filled(page: str) -> str:
    """Return *page* with every made part as the code has it now."""
    return PART.sub(lambda part: f"<!-- made: {part[1]} -->\n{made(part[1])}<!-- end -->\n", page)


def made(name: str) -> str:
    """Return one part."""
    return "\n".join(PARTS[name]()) + "\n"


def types() -> Iterator[str]:
    """Yield the names of types with what each means."""
    yield from head("SQL name", "values")
    for dtype, names in names_of_types().items():
        yield row(", ".join(f"`{name}`" for name in names), VALUES[dtype])
    digits, scale = DEFAULT_DECIMAL
    exact = "exact fractions of up to 38 digits, `s` of them after the point"
    yield row("`DECIMAL(p, s)`, `NUMERIC(p, s)`", f"{exact}; ({digits}, {scale}) if left out")
    yield row("`type[]`", "arrays of a type")


def names_of_types() -> dict[pl.DataType, list[str]]:
    """Return every name that the parser knows for each type."""
    words = Limnograph.tokenizer_class.KEYWORDS.items()
    names: dict[pl.DataType, list[str]] = {}
    for kind, dtype in SQL_TYPES.items():
        found = [UNSIGNED[kind]] if kind in UNSIGNED else []
        found += [word for word, token in words if token.name == kind.name]
        names.setdefault(dtype, []).extend(sorted(found, key=lambda word: word != kind.name))
    return names


UNSIGNED = {
    exp.DType.UTINYINT: "TINYINT UNSIGNED",
    exp.DType.USMALLINT: "SMALLINT UNSIGNED",
    exp.DType.UINT: "INT UNSIGNED",
    exp.DType.UBIGINT: "BIGINT UNSIGNED",
}
"""How the types that the parser names in one word are written."""


def refused() -> Iterator[str]:
    """Yield what is known and refused."""
    yield from head("refused", "instead")
    for message, hint in dict.fromkeys(REFUSED.values()):
        what, _, why = re.sub(" (is|are) not supported", "", message).partition(": ")
        yield row(what + (f" ({why})" if why else ""), hint or "")


def bounds() -> Iterator[str]:
    """Yield every limit with its sentence."""
    yield from head("limit", "value", "what happens at it")
    modules = (limits, function_limits, window_limits)
    every = [(module, *limit) for module in modules for limit in sentences(module)]
    for module, name, sentence in sorted(every, key=lambda limit: not ENDS.search(limit[2])):
        yield row(f"`{name}`", f"{getattr(module, name):,}", sentence)


ENDS = re.compile("refuse|ends? the query")
"""What says in a sentence that a query does not live on at a limit; these limits stand first."""


def sentences(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Yield the constants of a module with the text below each."""
    body = ast.parse(inspect.getsource(module)).body
    for constant, text in pairwise(body):
        if isinstance(constant, ast.Assign) and isinstance(text, ast.Expr):
            assert isinstance(text.value, ast.Constant), "a limit is followed by its sentence"
            (target,) = constant.targets
            yield ast.unparse(target), " ".join(str(text.value.value).split())


def schemas() -> Iterator[str]:
    """Yield the tables that tell about tables and queries."""
    yield from head("table", "columns")
    for name, (columns, _) in system.TABLES.items():
        yield row(f"`{system.NAME}.{name}`", listed(columns))
    for name, (fields, _) in information_schema.MADE_BY.items():
        yield row(f"`{information_schema.NAME}.{name}`", listed(fields))


def listed(columns: Mapping[str, pl.DataType]) -> str:
    """Return the names of columns."""
    return ", ".join(f"`{column}`" for column in columns)


def bullets(sentences: Mapping[str, str]) -> Iterator[str]:
    """Yield a list of sentences."""
    for sentence in sentences.values():
        yield f"* {sentence}"


def head(*titles: str) -> Iterator[str]:
    """Yield the first lines of a table."""
    yield row(*titles)
    yield "|" + "---|" * len(titles)


def row(*cells: str) -> str:
    """Return one line of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


PARTS: Mapping[str, Callable[[], Iterator[str]]] = {
    "refused": refused,
    "schemas": schemas,
    "types": types,
    "datafusion": partial(bullets, DATAFUSION),
    "duckdb": partial(bullets, DUCKDB),
    "limits": bounds,
}
"""The made parts, in the order of the page."""


if __name__ == "__main__":
    written = Path(sys.argv[1])
    written.write_text(filled(written.read_text()))
