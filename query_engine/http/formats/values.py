"""
Rows as JSON and CSV text, column by column: no Python loop per value.

JSON forms: times are ISO 8601 in UTC with nine digits, NaN and infinities are null, binary is
base64, decimals are text, durations are nanoseconds. An integer beyond 2^53 - 1 is text, because
JSON readers would round it.
"""

import json

import polars as pl
import pyarrow as pa

_SAFE = 2**53 - 1
_JSON_NAME = "v"
_JSON_OPEN = len('{"v":')
_TIME = "%Y-%m-%dT%H:%M:%S%.9f"


def frame_of(batch: pa.RecordBatch) -> pl.DataFrame:
    """Return the rows of a batch."""
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame), "a record batch makes a frame"
    return frame


def json_rows(frame: pl.DataFrame, separator: str, *, exact_numbers: bool = True) -> bytes:
    """
    Return each row as one JSON object, with *separator* between them.

    Args:
        frame: At least one row.
        separator: What stands between two rows.
        exact_numbers: Integers that JSON readers round are text.
    """
    parts: list[pl.Expr] = []
    for index, name in enumerate(frame.columns):
        key = json.dumps(name, ensure_ascii=False) + ":"
        value = _json_text(pl.col(name), frame[name], exact_numbers=exact_numbers)
        parts += [pl.lit(("," if index else "{") + key), value]
    line = pl.concat_str([*parts, pl.lit("}")]) if parts else pl.lit("{}")
    text = frame.select(line.alias(_JSON_NAME).str.join(separator)).item()
    return str(text).encode()


def csv_rows(frame: pl.DataFrame) -> bytes:
    """Return one line per row, without a header."""
    plain = frame.select(_csv_value(pl.col(name), frame[name]) for name in frame.columns)
    return plain.write_csv(include_header=False, null_value="").encode()


def _json_text(column: pl.Expr, values: pl.Series, *, exact_numbers: bool = True) -> pl.Expr:
    """Return the JSON text of a column's values; never null."""
    dtype = values.dtype
    text: pl.Expr
    if isinstance(dtype, pl.Duration):
        column = column.dt.total_nanoseconds()
    if dtype.is_integer() or isinstance(dtype, pl.Duration):
        plain = column.cast(pl.String)
        text = plain
        if exact_numbers and _is_wide(dtype):
            text = pl.when(column.is_between(-_SAFE, _SAFE)).then(plain).otherwise(_quoted(plain))
    elif isinstance(dtype, pl.Datetime):
        text = _quoted(_iso(column, dtype))
    elif isinstance(dtype, pl.Binary):
        text = _quoted(column.bin.encode("base64"))
    elif _holds(dtype, pl.Binary):
        texts = [_python_json(value) for value in values.to_list()]
        text = pl.lit(pl.Series(_JSON_NAME, texts, dtype=pl.String))
    else:
        text = pl.struct(column.alias(_JSON_NAME)).struct.json_encode()
        text = text.str.slice(_JSON_OPEN, text.str.len_chars() - _JSON_OPEN - 1)
    return text.fill_null("null")


def _csv_value(column: pl.Expr, values: pl.Series) -> pl.Expr:
    """Return a column that CSV can hold."""
    dtype = values.dtype
    name = values.name
    if isinstance(dtype, pl.Datetime):
        return _iso(column, dtype).alias(name)
    if isinstance(dtype, pl.Binary):
        return column.bin.encode("base64").alias(name)
    if isinstance(dtype, pl.Duration):
        return column.dt.total_nanoseconds().alias(name)
    if dtype.is_nested():
        return pl.when(column.is_not_null()).then(_json_text(column, values)).alias(name)
    if isinstance(dtype, pl.Null):
        return column.cast(pl.String).alias(name)
    return column


def _is_wide(dtype: pl.DataType) -> bool:
    """Say whether a whole number of the type may be more than JSON readers keep."""
    return not isinstance(dtype, pl.Int8 | pl.Int16 | pl.Int32 | pl.UInt8 | pl.UInt16 | pl.UInt32)


def _quoted(text: pl.Expr) -> pl.Expr:
    return pl.concat_str([pl.lit('"'), text, pl.lit('"')])


def _iso(column: pl.Expr, dtype: pl.Datetime) -> pl.Expr:
    if dtype.time_zone is None:
        return column.dt.strftime(_TIME)
    return column.dt.convert_time_zone("UTC").dt.strftime(_TIME + "Z")


def _holds(dtype: pl.DataType, kind: type[pl.DataType]) -> bool:
    """Say whether a nested type has *kind* somewhere inside."""
    match dtype:
        case pl.List() | pl.Array():
            inner: list[object] = [dtype.inner]
        case pl.Struct():
            inner = [field.dtype for field in dtype.fields]
        case pl.Map():
            inner = [dtype.key, dtype.value]
        case _:
            return isinstance(dtype, kind)
    return any(isinstance(part, pl.DataType) and _holds(part, kind) for part in inner)


def _python_json(value: object) -> str | None:
    return None if value is None else json.dumps(value, default=_fallback, ensure_ascii=False)


def _fallback(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
