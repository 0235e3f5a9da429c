"""
What a column of an upload may hold, and how it is read: Arrow in, checked Python values out.

Rule: several Arrow types may mean the same (text of any width, dictionaries, times in any unit),
but no value is guessed at: a time without a zone or a number that does not fit is refused.
"""

import uuid
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from limnograph.wire import limits as wire
from query_engine.ingest.properties import Refused, properties_of

INT64_MIN, INT64_MAX, INT32_MAX = -(2**63), 2**63 - 1, 2**31 - 1

Read = Callable[[pa.ChunkedArray], list[Any]]
"""Values of a column, None for null; raises `WrongType` for a type that does not fit."""

Check = Callable[[Any], Any]
"""A value as it is stored; raises `Refused` with what is wrong with it."""


class WrongType(Exception):
    """The column's type is not the expected one."""


def read_text(column: pa.ChunkedArray) -> list[Any]:
    """Read text of any width."""
    if not _is_text(column.type):
        raise WrongType
    return list(column.cast(pa.large_string()).to_pylist())


def read_uuid(column: pa.ChunkedArray) -> list[Any]:
    """Read UUIDs as text, or as sixteen bytes."""
    if pa.types.is_fixed_size_binary(column.type) and column.type.byte_width == 16:
        return [None if value is None else uuid.UUID(bytes=value) for value in column.to_pylist()]
    return read_text(column)


def read_integer(column: pa.ChunkedArray) -> list[Any]:
    """Read integers of any width."""
    if not pa.types.is_integer(column.type):
        raise WrongType
    return list(column.to_pylist())


def read_time(column: pa.ChunkedArray) -> list[Any]:
    """Read times with a zone, as Unix ns."""
    if not pa.types.is_timestamp(column.type) or column.type.tz is None:
        raise WrongType
    scale = {"s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}[column.type.unit]
    values = column.cast(pa.int64()).to_pylist()
    return [None if value is None else value * scale for value in values]


def read_texts(column: pa.ChunkedArray) -> list[Any]:
    """Read lists of text."""
    if not _is_list(column.type) or not _is_text(_plain(column.type.value_type)):
        raise WrongType
    return list(column.to_pylist())


def read_bytes(column: pa.ChunkedArray) -> list[Any]:
    """Read bytes without copying them."""
    if not _is_binary(column.type):
        raise WrongType
    return [memoryview(value.as_buffer()) if value.is_valid else None for value in column]


def read_properties(column: pa.ChunkedArray) -> list[Any]:
    """Read what names have which values, in any form that clients of the reference send."""
    kind = column.type
    if pa.types.is_map(kind):
        fits = _is_text(_plain(kind.key_type)) and _is_text(_plain(kind.item_type))
    elif _is_list(kind):
        entry = kind.value_type
        fits = pa.types.is_struct(entry) and {field.name for field in entry} == {"key", "value"}
    else:
        fits = _is_text(kind) or _is_binary(kind)
    if not fits:
        raise WrongType
    return list(column.to_pylist())


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column without what only packs it: dictionaries, names of extension types."""
    if isinstance(column.type, pa.BaseExtensionType):
        storage = [chunk.storage for chunk in column.chunks]
        column = pa.chunked_array(storage, type=column.type.storage_type)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column


def short_text(value: str) -> str:
    """Check a text of a process or a stream."""
    if len(value) > wire.TEXT_CHARS_MAX:
        raise Refused(f"has {len(value)} characters, TEXT_CHARS_MAX is {wire.TEXT_CHARS_MAX}")
    if "\0" in value:
        raise Refused("holds a NUL character")
    return value


def one_uuid(value: str | uuid.UUID) -> str:
    """Check an id."""
    try:
        return str(value if isinstance(value, uuid.UUID) else uuid.UUID(value))
    except ValueError:
        raise Refused(f"{value!r:.60} is not a UUID") from None


def uuid_or_none(value: str | uuid.UUID) -> str | None:
    """Check an id where an empty text means that there is none."""
    return None if value == "" else one_uuid(value)


def integer(low: int = INT64_MIN, high: int = INT64_MAX) -> Check:
    """Return the check of an integer in [low, high]."""

    def check(value: int) -> int:
        if not low <= value <= high:
            raise Refused(f"{value} is not in [{low}, {high}]")
        return value

    return check


def tags(value: list[str | None]) -> tuple[str, ...]:
    """Check the tags of a stream."""
    if len(value) > wire.TAGS_MAX:
        raise Refused(f"has {len(value)} tags, TAGS_MAX is {wire.TAGS_MAX}")
    if None in value:
        raise Refused("holds a NULL")
    return tuple(short_text(tag) for tag in value if tag is not None)


def properties(value: object) -> dict[str, str]:
    """Check the properties of a process or a stream."""
    found = properties_of(value)
    if len(found) > wire.PROPERTIES_MAX:
        raise Refused(f"has {len(found)} properties, PROPERTIES_MAX is {wire.PROPERTIES_MAX}")
    for name, text in found.items():
        short_text(name)
        if len(text) > wire.PROPERTY_CHARS_MAX:
            raise Refused(
                f"{name!r:.60} has {len(text)} characters, PROPERTY_CHARS_MAX is "
                f"{wire.PROPERTY_CHARS_MAX}"
            )
        if "\0" in text:
            raise Refused(f"{name!r:.60} holds a NUL character")
    return found


def some_bytes(value: memoryview) -> memoryview:
    """Check a payload."""
    if not len(value):
        raise Refused("is empty")
    return value


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _is_binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind)
    )


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))
