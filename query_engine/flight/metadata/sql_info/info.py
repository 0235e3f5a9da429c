"""
One fact of GetSqlInfo, and the table of them.

Rule: the slot of the union is the one that the specification names for the number, because clients
look nowhere else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import pyarrow as pa


class Slot(IntEnum):
    """Where in the union a value stands."""

    TEXT = 0
    FLAG = 1
    COUNT = 2
    NUMBER = 3
    NAMES = 4
    CONVERSIONS = 5


SLOTS: Mapping[Slot, tuple[str, pa.DataType]] = {
    Slot.TEXT: ("string_value", pa.utf8()),
    Slot.FLAG: ("bool_value", pa.bool_()),
    Slot.COUNT: ("bigint_value", pa.int64()),
    Slot.NUMBER: ("int32_bitmask", pa.int32()),
    Slot.NAMES: ("string_list", pa.list_(pa.field("string_data", pa.utf8()))),
    Slot.CONVERSIONS: (
        "int32_to_int32_list_map",
        pa.map_(pa.int32(), pa.list_(pa.field("$data$", pa.int32()))),
    ),
}
SQL_INFO_SCHEMA = pa.schema(
    [
        pa.field("info_name", pa.uint32(), nullable=False),
        pa.field("value", pa.dense_union([pa.field(*slot) for slot in SLOTS.values()])),
    ]
)


@dataclass(frozen=True, slots=True)
class Info:
    """
    One fact.

    Attributes:
        code: Number of ``SqlInfo``.
        name: Its name there, for who reads the catalog.
        slot: Where the value stands in the answer.
    """

    code: int
    name: str
    slot: Slot
    value: object


def text(code: int, name: str, value: str) -> Info:
    """Return a fact that is a text."""
    return Info(code, name, Slot.TEXT, value)


def flag(code: int, name: str, value: bool) -> Info:
    """Return a fact that is so or not."""
    return Info(code, name, Slot.FLAG, value)


def count(code: int, name: str, value: int) -> Info:
    """Return a fact that counts something; where it is a maximum, 0 means that there is none."""
    return Info(code, name, Slot.COUNT, value)


def number(code: int, name: str, value: int) -> Info:
    """Return a fact that is the number of an enumeration, or milliseconds."""
    return Info(code, name, Slot.NUMBER, value)


def bits(code: int, name: str, *places: int) -> Info:
    """Return a fact that is a set of numbers of an enumeration, each the place of a bit."""
    return Info(code, name, Slot.NUMBER, sum(1 << place for place in places))


def names(code: int, name: str, values: Sequence[str]) -> Info:
    """Return a fact that is a list of words."""
    return Info(code, name, Slot.NAMES, list(values))


def conversions(code: int, name: str, values: Mapping[int, Sequence[int]]) -> Info:
    """Return the fact which types are converted to which."""
    return Info(code, name, Slot.CONVERSIONS, [(key, list(to)) for key, to in values.items()])


def table_of(infos: Iterable[Info]) -> pa.Table:
    """Return facts as GetSqlInfo answers them."""
    chosen = list(infos)
    values: dict[Slot, list[object]] = {slot: [] for slot in SLOTS}
    offsets = []
    for info in chosen:
        offsets.append(len(values[info.slot]))
        values[info.slot].append(info.value)
    union = pa.UnionArray.from_dense(
        pa.array([info.slot for info in chosen], pa.int8()),
        pa.array(offsets, pa.int32()),
        [pa.array(values[slot], dtype) for slot, (_, dtype) in SLOTS.items()],
        [name for name, _ in SLOTS.values()],
    )
    codes = pa.array([info.code for info in chosen], pa.uint32())
    return pa.Table.from_arrays([codes, union], schema=SQL_INFO_SCHEMA)
