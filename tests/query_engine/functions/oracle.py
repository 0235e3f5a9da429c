"""Asks DataFusion and our engine the same over one table of edge values, and compares."""

import datetime as dt
import decimal
import functools
import math

import polars as pl
import pyarrow as pa
from datafusion import SessionContext

from query_engine.sql import plan
from query_engine.sql.errors import SqlError
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog

DAY_NS = 86_400_000_000_000
TIMES = [
    NOW_NS,
    0,
    -1,
    NOW_NS + 123_456_789,
    NOW_NS - 400 * DAY_NS,
    None,
    -3 * DAY_NS - 7,
    951782400 * 10**9,
]
EDGES = pa.table(
    {
        "k": pa.array(range(8), pa.int64()),
        "g": pa.array([1, 1, 1, 1, 2, 2, 2, 3], pa.int64()),
        "i": pa.array([0, 1, -1, 7, None, -42, 1000, 2**62], pa.int64()),
        "j": pa.array([2, 3, 1, -1, 5, None, 0, 4], pa.int64()),
        "u": pa.array([0, 1, 255, 7, None, 42, 100, 3], pa.uint8()),
        "f": pa.array([0.0, -0.0, 1.5, -2.5, None, math.nan, math.inf, -math.inf], pa.float64()),
        "d": pa.array([0.5, -0.5, 2.0, 3.25, -1e9, None, 0.125, 1.0], pa.float64()),
        "b": pa.array([True, False, None, True, True, False, None, False], pa.bool_()),
        "s": pa.array(["", "abc", "naïve Ünï", "a,b,,c", None, "42", "AbcABC abc", " \t日本 x "]),
        "p": pa.array(["", "b", "ï", ",", "x", None, "abc", "本"]),
        "ts": pa.array(TIMES, pa.timestamp("ns")),
        "day": pa.array([0, 1, -1, 20_000, None, 11_016, -3000, 365], pa.date32()),
        "l": pa.array(
            [[1, 2, 3], [], [None], [3, 1, None, 1], None, [2, 2, 2], [0], [-1, 5, 7, 5]],
            pa.list_(pa.int64()),
        ),
        "m": pa.array(
            [[3, 1], [1], [None, 2], [1, None], [1], None, [0, 0, 9], []], pa.list_(pa.int64())
        ),
        "ls": pa.array(
            [["a", "b"], [], [None, "a"], ["b", "a", "b"], None, ["", "x"], ["ï"], ["a", None]],
            pa.list_(pa.string()),
        ),
        "lf": pa.array(
            [[1.0, 2.5], [], [None], [math.nan, 1.0], None, [-0.5, 0.25], [3.0], [2.0, 0.0]],
            pa.list_(pa.float64()),
        ),
        "ll": pa.array(
            [[[1], [2, 3]], [], [None, [1]], [[], [None]], None, [[4]], [[5, 6], [7]], [[8]]],
            pa.list_(pa.list_(pa.int64())),
        ),
        "kv": pa.array(
            [{"a": "1"}, {}, {"a": None, "b": "2"}, {"x": "y", "a": "3"}, None, {"B": "q"}, {}, {}],
            pa.map_(pa.string(), pa.string()),
        ),
    }
)
"""Every type, with NULL, what is empty, the least and greatest, and what is not ASCII."""


@functools.cache
def their_session() -> SessionContext:
    """Return DataFusion with the table ``t``."""
    session = SessionContext()
    session.register_record_batches("t", [EDGES.to_batches()])
    return session


@functools.cache
def our_table() -> pl.DataFrame:
    """Return the table as our views have it: timestamps in UTC, maps as maps."""
    frame = pl.from_arrow(EDGES)
    assert isinstance(frame, pl.DataFrame), "a table was converted"
    return frame.with_columns(pl.col("ts").dt.replace_time_zone("UTC"))


def theirs(sql: str) -> pl.Series | str:
    """Return DataFusion's column of values, or its error."""
    try:
        table = their_session().sql(sql).to_arrow_table()
    except BaseException as error:
        # A panic reaches Python as an exception that is no Exception.
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return f"error: {error}"
    column = table.column(table.num_columns - 1)
    values = pl.from_arrow(column)
    assert isinstance(values, pl.Series), "one column was converted"
    return values


def ours(sql: str) -> pl.Series | str:
    """Return our column of values, or our error."""
    try:
        frame = plan(sql, MemoryCatalog(t=our_table()), now_ns=NOW_NS).collect(engine="streaming")
    except (SqlError, pl.exceptions.PolarsError) as error:
        return f"error: {error}"
    return frame.to_series(frame.width - 1)


def family(dtype: pl.DataType) -> object:
    """Return what a type is to a user: the width of numbers is left out."""
    if isinstance(dtype, pl.List):
        return ("array", family(dtype.inner))
    if isinstance(dtype, pl.Struct):
        return ("struct", tuple((field.name, family(field.dtype)) for field in dtype.fields))
    if dtype.is_integer():
        return "whole number"
    if dtype.is_float():
        return "number"
    if isinstance(dtype, pl.Datetime):
        return "timestamp"
    return str(dtype)


def comparable(value: object) -> object:
    """Return a value that is equal for equal answers."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else float(f"{value:.11e}") + 0.0
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return float(value) if isinstance(value, decimal.Decimal) else value


def values(series: pl.Series) -> list[object]:
    """Return the values of a column, comparable."""
    if isinstance(series.dtype, pl.Datetime):
        series = series.dt.cast_time_unit("ns").to_physical()
    return [comparable(value) for value in series.to_list()]


def difference(sql: str, *, fails: bool = False) -> str | None:
    """Return how our answer differs from DataFusion's; None if both are equal, or both *fails*."""
    mine, other = ours(sql), theirs(sql)
    if isinstance(mine, str) or isinstance(other, str):
        both = isinstance(mine, str) and isinstance(other, str)
        return None if both and fails else f"ours {shown(mine)}\ntheirs {shown(other)}"
    same = not fails and values(mine) == values(other) and family(mine.dtype) == family(other.dtype)
    return None if same else f"ours {shown(mine)}\ntheirs {shown(other)}"


def shown(answer: pl.Series | str) -> str:
    """Return an answer on one line."""
    return answer if isinstance(answer, str) else f"{family(answer.dtype)} {values(answer)}"


def row_query(expression: str) -> str:
    """Return the query for an expression of one row."""
    return f"SELECT k, {expression} AS v FROM t ORDER BY k"
