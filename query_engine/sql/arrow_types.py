"""
Types by their Arrow names: ``arrow_cast``, ``arrow_try_cast`` and ``arrow_typeof``.

Rule: a name stands for the type of ours that holds its values. What differs on the wire only
(dictionaries, large and view forms, fixed sizes) is the plain type, as ``wire.py`` sends it.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from query_engine.functions.decimals import PRECISION_MAX
from query_engine.functions.function import DURATION, TIME
from query_engine.sql.moments import CLOCK, cut_to
from query_engine.sql.scalars import Literal, Scalar
from query_engine.sql.types import BOOLEAN, DATE, INT64, NULL, TEXT, as_instance, is_text
from query_engine.sql.zones import is_zone

if TYPE_CHECKING:
    from query_engine.sql.expressions import Expressions

PLAIN: dict[str, pl.DataType] = {
    "Null": NULL,
    "Boolean": BOOLEAN,
    **{
        f"Int{bits}": dtype
        for bits, dtype in {8: pl.Int8(), 16: pl.Int16(), 32: pl.Int32()}.items()
    },
    "Int64": INT64,
    "UInt8": pl.UInt8(),
    "UInt16": pl.UInt16(),
    "UInt32": pl.UInt32(),
    "UInt64": pl.UInt64(),
    "Float32": pl.Float32(),
    "Float64": pl.Float64(),
    "Utf8": TEXT,
    "LargeUtf8": TEXT,
    "Utf8View": TEXT,
    "Binary": pl.Binary(),
    "LargeBinary": pl.Binary(),
    "BinaryView": pl.Binary(),
    "Date32": DATE,
    "Date64": DATE,
}
DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
UNITS = {"Second": "s", "Millisecond": "ms", "Microsecond": "us", "Nanosecond": "ns"}
SHORT = "|".join([*UNITS, *DIGITS])
TIMESTAMP = re.compile(rf'Timestamp\(({SHORT})(?:, *(?:None|Some\("([^"]+)"\)|"([^"]+)"))?\)')
OF_UNIT = re.compile(rf"(Time32|Time64|Duration)\(({SHORT})\)")
INTERVAL = re.compile(r"Interval\((MonthDayNano|DayTime)\)")
DECIMAL = re.compile(r"Decimal(?:128|256)\((\d+), *(\d+)\)")
DICTIONARY = re.compile(r"Dictionary\(U?Int(?:8|16|32|64), *(.+)\)")
LIST = re.compile(r"(?:Large)?List\((?:nullable )?(.+)\)")
FIXED_LIST = re.compile(r"FixedSizeList\(\d+(?:,| x) *(.+)\)")
FIXED_BINARY = re.compile(r"FixedSizeBinary\(\d+\)")


def parsed(name: str) -> tuple[pl.DataType, int | None] | None:
    """Return the type of an Arrow name, and digits of a second if it has them; None if unknown."""
    name = name.strip()
    if name in PLAIN:
        return PLAIN[name], None
    if found := TIMESTAMP.fullmatch(name):
        zone = found[2] or found[3] or "UTC"
        dtype: pl.DataType = TIME if zone in {"UTC", "+00:00"} else pl.Datetime("ns", zone)
        known = dtype == TIME or is_zone(zone)
        return (dtype, DIGITS[UNITS.get(found[1], found[1])]) if known else None
    if found := OF_UNIT.fullmatch(name):
        kind: pl.DataType = DURATION if found[1] == "Duration" else CLOCK
        return kind, DIGITS[UNITS.get(found[2], found[2])]
    if INTERVAL.fullmatch(name):
        return DURATION, None
    if found := DECIMAL.fullmatch(name):
        precision, scale = int(found[1]), int(found[2])
        fits = 0 < precision <= PRECISION_MAX and scale <= precision
        return (pl.Decimal(precision, scale), None) if fits else None
    if FIXED_BINARY.fullmatch(name):
        return pl.Binary(), None
    if found := DICTIONARY.fullmatch(name):
        return parsed(found[1])
    if found := LIST.fullmatch(name) or FIXED_LIST.fullmatch(name):
        inner = parsed(found[1])
        return None if inner is None else (pl.List(inner[0]), None)
    return None


def arrow_name(dtype: pl.DataType) -> str:
    """Return the Arrow name of the type in which values of *dtype* are sent."""
    match dtype:
        case pl.Datetime():
            zone = "" if dtype.time_zone is None else f', "{dtype.time_zone}"'
            return f"Timestamp({dtype.time_unit}{zone})"
        case pl.Duration():
            return f"Duration({dtype.time_unit})"
        case pl.Time():
            return "Time64(ns)"
        case pl.Decimal():
            return f"Decimal128({dtype.precision}, {dtype.scale})"
        case pl.List():
            return f"List({arrow_name(as_instance(dtype.inner))})"
        case pl.Struct():
            fields = (f'"{f.name}": {arrow_name(as_instance(f.dtype))}' for f in dtype.fields)
            return f"Struct({', '.join(fields)})"
        case pl.Map():
            key, value = (arrow_name(as_instance(part)) for part in (dtype.key, dtype.value))
            entries = f'"entries": non-null Struct("key": non-null {key}, "value": {value})'
            return f"Map({entries}, unsorted)"
        case _:
            names = (name for name, plain in PLAIN.items() if plain == dtype)
            return "Utf8" if is_text(dtype) else next(names, str(dtype))


def arrow_call(self: "Expressions", name: str, args: Sequence[Scalar], pos: int) -> Scalar:
    """Bind a call of one of the three functions."""
    if len(args) != (1 if name == "arrow_typeof" else 2):
        usage = "arrow_typeof(x)" if name == "arrow_typeof" else f"{name}(x, 'Int32')"
        raise self.make.problem(
            f"{name} does not take {len(args)} arguments", pos, hint=f"write {usage}"
        )
    if name == "arrow_typeof":
        return Literal(arrow_name(args[0].dtype), TEXT, pos)
    value, wanted = args
    text = wanted.value if isinstance(wanted, Literal) else None
    known = parsed(text) if isinstance(text, str) else None
    if known is None:
        hint = "write it like 'Int32', 'Timestamp(ns, \"UTC\")' or 'Decimal128(10, 2)'"
        message = f"{text!r} is no Arrow type" if text else "the type is a constant text"
        raise self.make.problem(message, wanted.pos, hint=hint)
    dtype, digits = known
    strict = name == "arrow_cast"
    if digits is not None and value.dtype.is_integer():
        unit = Literal(10 ** (9 - digits), INT64, pos)
        whole = self.make.cast(value, INT64, strict=strict)
        value = self.make.call("*", [whole, unit], INT64, lambda a, b: a.expr * b.expr, pos)
        return self.make.call(f"as {dtype}", [value], dtype, lambda a: a.expr.cast(dtype), pos)
    made = self.make.cast(value, dtype, strict=strict, pos=pos)
    return cut_to(self.make, made, digits) if isinstance(dtype, pl.Datetime) else made
