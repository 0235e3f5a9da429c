"""Facts about functions and conversions, from the catalogs of both."""

from collections.abc import Mapping

import polars as pl

from query_engine.flight.metadata.sql_info.info import Info, conversions, names
from query_engine.functions.catalog import FUNCTIONS
from query_engine.functions.decimals import PRECISION_MAX
from query_engine.functions.function import DURATION, TIME, Argument
from query_engine.sql.casts import cast_expression
from query_engine.sql.types import BOOLEAN, DATE, FLOAT32, FLOAT64, INT64, TEXT

NUMERIC, STRING, DATETIME = {"Math"}, {"Text", "Hashing"}, {"Time"}
"""Groups of the reference page; what is in none of them is called a system function."""

CONVERTED: Mapping[int, pl.DataType] = {
    0: INT64,
    2: BOOLEAN,
    4: DATE,
    5: pl.Decimal(PRECISION_MAX, 10),
    6: FLOAT64,
    7: pl.Int32(),
    8: DURATION,
    13: FLOAT32,
    14: pl.Int16(),
    15: pl.Time(),
    16: TIME,
    17: pl.Int8(),
    18: pl.Binary(),
    19: TEXT,
}
"""Our types by the numbers of ``SqlSupportsConvert``."""


def of_groups(groups: set[str]) -> list[str]:
    """Return the functions of these groups under all their names."""
    found = [f for f in FUNCTIONS if f.group in groups]
    return sorted(name for f in found for name in (f.name, *f.aliases))


def convertible() -> dict[int, list[int]]:
    """Return the types to which CAST converts each type."""
    return {
        source: [
            target for target, dtype in CONVERTED.items() if is_convertible(source_dtype, dtype)
        ]
        for source, source_dtype in CONVERTED.items()
    }


def is_convertible(source: pl.DataType, target: pl.DataType) -> bool:
    """Tell whether CAST takes a column of *source* to *target*."""
    column = Argument(dtype=source, build=lambda: pl.col("x"))
    return cast_expression(column, target, strict=True) is not None


OTHERS = {function.group for function in FUNCTIONS} - NUMERIC - STRING - DATETIME

FUNCTION_LISTS: tuple[Info, ...] = (
    names(509, "SQL_NUMERIC_FUNCTIONS", of_groups(NUMERIC)),
    names(510, "SQL_STRING_FUNCTIONS", of_groups(STRING)),
    names(511, "SQL_SYSTEM_FUNCTIONS", of_groups(OTHERS)),
    names(512, "SQL_DATETIME_FUNCTIONS", of_groups(DATETIME)),
    conversions(517, "SQL_SUPPORTS_CONVERT", convertible()),
)
