"""How each column type lies in memory, and which columns each kind of block has."""

from array import array
from collections.abc import Iterator, Mapping
from typing import NamedTuple

Buffer = bytes | bytearray | memoryview | array  # type: ignore[type-arg]


class ColumnType(NamedTuple):
    """
    One column type.

    Attributes:
        width: Bytes of a value, for fixed-width types; else 0.
        buffers: The type of each buffer's values, as ``array`` has it; a blank for text data.
        counts: The counts that its column object carries.
    """

    width: int
    buffers: str
    counts: tuple[str, ...] = ()


COLUMN_TYPES: Mapping[str, ColumnType] = {
    "uint8": ColumnType(1, "B"),
    "int16": ColumnType(2, "h"),
    "uint32": ColumnType(4, "I"),
    "int64": ColumnType(8, "q"),
    "float64": ColumnType(8, "d"),
    "utf8": ColumnType(0, "i "),
    "binary": ColumnType(0, "i "),
    "dict": ColumnType(0, "Ii ", ("values",)),
    "map": ColumnType(0, "iIi Ii ", ("entries", "key_values", "value_values")),
}

KIND_COLUMNS: Mapping[str, dict[str, str]] = {
    "log": {"time": "int64", "site": "uint32", "level": "uint8", "msg": "utf8"},
    "metrics": {"time": "int64", "site": "uint32", "value": "float64"},
    "spans": {
        "begin": "int64",
        "duration": "int64",
        "id": "int64",
        "parent": "int64",
        "depth": "uint32",
        "site": "uint32",
        "status": "uint8",
    },
    "traces": {
        "begin": "int64",
        "duration": "int64",
        "id": "int64",
        "parent": "int64",
        "thread": "uint32",
        "site": "uint32",
        "status": "uint8",
    },
    "images": {
        "time": "int64",
        "site": "uint32",
        "name": "dict",
        "format": "dict",
        "data": "binary",
    },
}
"""The columns that a block of each kind must have, with their types."""

SPANNING_KINDS = ("spans", "traces")
"""The kinds whose rows have a begin and a duration, not one time."""

OPTIONAL_COLUMNS = {"properties": "map", "coroutine": "uint8"}
"""The columns that a block may have: ``properties`` of any kind, ``coroutine`` of spans."""


_OFFSETS_AND_DATA = ("utf8", "binary")


class Column(NamedTuple):
    """
    One column: its type and its buffers in Arrow's order, without validity buffers.

    Attributes:
        values: For ``dict``: how many distinct values.
        entries: For ``map``: key/value pairs in all rows together.
        key_values: For ``map``: distinct keys.
        value_values: For ``map``: distinct values.
    """

    name: str
    type: str
    buffers: tuple[Buffer, ...]
    values: int = 0
    entries: int = 0
    key_values: int = 0
    value_values: int = 0

    def counts(self) -> dict[str, int]:
        """Return the counts that the column object carries."""
        return {key: getattr(self, key) for key in COLUMN_TYPES[self.type].counts}

    def offset_buffers(self) -> Iterator[tuple[int, int]]:
        """Yield (buffer, last offset that it must hold) for each buffer of offsets."""
        if self.type in _OFFSETS_AND_DATA:
            yield 0, len(self.buffers[1])
        elif self.type == "dict":
            yield 1, len(self.buffers[2])
        elif self.type == "map":
            yield 0, self.entries
            yield 2, len(self.buffers[3])
            yield 5, len(self.buffers[6])


def lengths(column: Column, rows: int) -> list[int | None]:
    """Return the bytes that each buffer must have; None where any number will do."""
    if column.type in _OFFSETS_AND_DATA:
        return [4 * (rows + 1), None]
    if column.type == "dict":
        return [4 * rows, 4 * (column.values + 1), None]
    if column.type == "map":
        keys = [4 * column.entries, 4 * (column.key_values + 1), None]
        values = [4 * column.entries, 4 * (column.value_values + 1), None]
        return [4 * (rows + 1), *keys, *values]
    return [rows * COLUMN_TYPES[column.type].width]
