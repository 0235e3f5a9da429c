"""
Arrow values as parameters of SQL: a row of an upload becomes the constants of one query.

Rule: the type of a parameter is that of its Arrow column, whatever the value, so that every row of
an upload yields a result of the same schema.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from query_engine.functions.function import DURATION, TIME
from query_engine.functions.interval import NS_PER_DAY, Interval
from query_engine.sql.errors import BadParameter
from query_engine.sql.parameters import DECIMAL_DIGITS_MAX, Constant, Given
from query_engine.sql.types import BOOLEAN, DATE, FLOAT64, INT64, NULL, TEXT

Typed = tuple[pl.DataType, Sequence[object]]
_types = pa.types
_INT64_MAX = 2**63 - 1


def named_columns(names: Sequence[str], table: pa.Table) -> pa.Table:
    """
    Return *table* with its columns called as the parameters are.

    By name if the names are the same, else in order.

    Raises:
        BadParameter: There are more or fewer than parameters.
    """
    if set(table.column_names) == set(names) and table.num_columns == len(names):
        return table.select(list(names))
    if table.num_columns != len(names):
        known = f"the parameters {', '.join(names)}" if names else "no parameters"
        raise BadParameter(
            f"the number of columns with values is {table.num_columns}, the statement has {known}"
        )
    return table.rename_columns(list(names))


def ordered(names: Sequence[str]) -> list[str]:
    """Return parameters in the order of their values: `$1` before `$2`, names as mentioned."""
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else list(names)


def given_rows(table: pa.Table) -> list[Given]:
    """
    Return the parameters of each row of *table*, whose columns are called as they are.

    Raises:
        BadParameter: SQL has no such values.
    """
    if not table.num_rows:
        return []
    columns: dict[str, list[Constant]] = {}
    for field in table.schema:
        columns[field.name] = constants(table.column(field.name).combine_chunks(), field.name)
    return [{name: values[row] for name, values in columns.items()} for row in range(len(table))]


def constants(column: pa.Array, name: str) -> list[Constant]:
    """
    Return the values of one column.

    Raises:
        BadParameter: SQL has no such values.
    """
    try:
        dtype, values = typed(column)
    except NoSuchValues as error:
        raise BadParameter(
            f"the parameter {name} has the type {error}: SQL has no such values"
        ) from None
    except (pa.ArrowInvalid, OverflowError, ValueError):
        raise BadParameter(
            f"the parameter {name} holds a {column.type} that SQL cannot hold"
        ) from None
    return [Constant(value, dtype) for value in values]


class NoSuchValues(ValueError):
    """An Arrow type that no SQL type stands for."""


def typed(column: pa.Array) -> Typed:
    """
    Return the SQL type of a column, and its values as constants keep them.

    Raises:
        NoSuchValues: There is none.
        pa.ArrowInvalid, OverflowError: A value is outside of what SQL can hold.
    """
    kind = column.type
    for applies, read in READERS.items():
        if applies(kind):
            return read(column)
    raise NoSuchValues(str(kind))


def plain(dtype: pl.DataType) -> Callable[[pa.Array], Typed]:
    """Return what reads values that Python holds as SQL does."""
    return lambda column: (dtype, column.to_pylist())


def counted(dtype: pl.DataType, arrow: pa.DataType) -> Callable[[pa.Array], Typed]:
    """Return what reads values that are kept as a number of *arrow*'s unit, nanoseconds."""
    return lambda column: (dtype, column.cast(arrow).cast(pa.int64()).to_pylist())


def times(column: pa.Array) -> Typed:
    """Timestamps of any unit; one without a zone is UTC, as in a text."""
    zoned = pa.timestamp("ns", column.type.tz)
    return TIME, column.cast(zoned).cast(pa.int64()).to_pylist()


def unsigned(column: pa.Array) -> Typed:
    """Whole numbers up to 2^64; bigint if all of them fit, as a written number would be."""
    largest = pc.max(column).as_py()
    dtype = INT64 if largest is None or largest <= _INT64_MAX else pl.UInt64()
    return dtype, column.to_pylist()


def decimals(column: pa.Array) -> Typed:
    """Decimals with the digits of their type."""
    precision, scale = column.type.precision, column.type.scale
    if not 0 <= scale <= precision <= DECIMAL_DIGITS_MAX:
        raise NoSuchValues(str(column.type))
    values: list[Decimal | None] = column.to_pylist()
    return pl.Decimal(precision, scale), values


def intervals(column: pa.Array) -> Typed:
    """Lengths of time in seconds or parts of them."""
    counts = column.cast(pa.duration("ns")).cast(pa.int64()).to_pylist()
    return DURATION, [None if ns is None else Interval(0, ns) for ns in counts]


def calendar_intervals(column: pa.Array) -> Typed:
    """Lengths of time with months; a day has 24 hours, because all times are UTC."""
    return DURATION, [
        None if part is None else Interval(part.months, part.days * NS_PER_DAY + part.nanoseconds)
        for part in column.to_pylist()
    ]


def arrays(column: pa.Array) -> Typed:
    """Arrays of anything but arrays and intervals."""
    lists = column.cast(pa.list_(column.type.value_type))
    inner, values = typed(lists.flatten())
    if inner.is_nested() or inner == DURATION:
        raise NoSuchValues(str(column.type))
    rest: Iterator[object] = iter(values)
    lengths = pc.list_value_length(lists).to_pylist()
    return pl.List(inner), [
        None if length is None else tuple(next(rest) for _ in range(length)) for length in lengths
    ]


def unions(column: pa.Array) -> Typed:
    """
    Values that each say their type, as long as all say the same.

    Raises:
        NoSuchValues: They are of several types, which would make results of several schemas.
    """
    kinds = {scalar.type_code for scalar in column}
    if len(kinds) != 1:
        raise NoSuchValues(str(column.type))
    kind = column.type.field(column.type.type_codes.index(kinds.pop())).type
    return typed(pa.array([scalar.value for scalar in column], kind))


def dictionaries(column: pa.Array) -> Typed:
    """Whatever the dictionary holds."""
    return typed(column.dictionary_decode())


def run_lengths(column: pa.Array) -> Typed:
    """Whatever the runs are of."""
    return typed(pc.run_end_decode(column))


def stored(column: pa.Array) -> Typed:
    """What an extension type is kept as; UUIDs are text, as they are in every table."""
    if column.type.extension_name == "arrow.uuid":
        return TEXT, [None if value is None else str(value) for value in column.to_pylist()]
    return typed(column.storage)


def is_unsigned_64(kind: pa.DataType) -> bool:
    """Tell uint64 from the whole numbers that fit into int64."""
    return bool(kind == pa.uint64())


def is_text(kind: pa.DataType) -> bool:
    """Tell whether values are text."""
    return bool(
        _types.is_string(kind) or _types.is_large_string(kind) or _types.is_string_view(kind)
    )


def is_bytes(kind: pa.DataType) -> bool:
    """Tell whether values are bytes."""
    return bool(
        _types.is_binary(kind)
        or _types.is_large_binary(kind)
        or _types.is_binary_view(kind)
        or _types.is_fixed_size_binary(kind)
    )


def is_array(kind: pa.DataType) -> bool:
    """Tell whether values are lists of values."""
    return bool(
        _types.is_list(kind)
        or _types.is_large_list(kind)
        or _types.is_fixed_size_list(kind)
        or _types.is_list_view(kind)
        or _types.is_large_list_view(kind)
    )


def is_extension(kind: pa.DataType) -> bool:
    """Tell whether another type is meant than the one of the storage."""
    return isinstance(kind, pa.BaseExtensionType)


READERS: Mapping[Callable[[pa.DataType], bool], Callable[[pa.Array], Typed]] = {
    is_extension: stored,
    _types.is_null: plain(NULL),
    _types.is_boolean: plain(BOOLEAN),
    is_unsigned_64: unsigned,
    _types.is_integer: plain(INT64),
    _types.is_floating: plain(FLOAT64),
    _types.is_decimal: decimals,
    is_text: plain(TEXT),
    is_bytes: plain(pl.Binary()),
    _types.is_date: plain(DATE),
    _types.is_time: counted(pl.Time(), pa.time64("ns")),
    _types.is_timestamp: times,
    _types.is_duration: intervals,
    _types.is_interval: calendar_intervals,
    is_array: arrays,
    _types.is_union: unions,
    _types.is_dictionary: dictionaries,
    _types.is_run_end_encoded: run_lengths,
}
"""By the test that a type passes, in this order; anything else has no values in SQL."""
