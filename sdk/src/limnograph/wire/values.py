"""
The checks of a block's values that ``container.open`` leaves out, in plain Python.

For writers' tests and for readers without Arrow. A reader that has Arrow validates the same rules
by whole columns (``Array.validate(full=True)``), which is some fifty times quicker.
"""

import sys
from array import array
from itertools import accumulate, pairwise

from limnograph.wire.container import Container
from limnograph.wire.errors import FormatError
from limnograph.wire.layout import SPANNING_KINDS, Column

_LEVELS = range(1, 7)
_STATUSES = range(3)


def numbers(view: object, typecode: str) -> "array[int]":
    """Return the little-endian values of a buffer."""
    values: array[int] = array(typecode)
    values.frombytes(bytes(memoryview(view)))  # type: ignore[arg-type]
    if sys.byteorder == "big":
        values.byteswap()
    return values


def check(
    block: Container,
    *,
    nb_objects: int | None = None,
    time_range_ns: tuple[int, int] | None = None,
) -> None:
    """
    Check every value of *block* against the format's rules.

    Args:
        block: An opened block.
        nb_objects: The envelope's row count, when known.
        time_range_ns: The envelope's closed range of event times (Unix ns), when known.

    Raises:
        FormatError: A value breaks a rule; names the buffer's byte.
    """
    if nb_objects is not None and nb_objects != block.rows:
        raise FormatError(f"{block.rows} rows where the envelope says {nb_objects}", 16)
    for column in block.columns.values():
        for at, _ in column.offset_buffers():
            _rising(block, column, at)
        for at, count in _index_buffers(column):
            _below(block, column, at, count)
        for at in _text_buffers(column):
            _texts(block, column, at)
    _below(block, block.columns["site"], 0, len(block.header["sites"]))
    for name, allowed in (("level", _LEVELS), ("status", _STATUSES)):
        coded = block.columns.get(name)
        if coded is not None and not set(numbers(coded.buffers[0], "B")) <= set(allowed):
            raise _error(block, coded, 0, f"a value outside {allowed.start}-{allowed.stop - 1}")
    _times(block, time_range_ns)


def _times(block: Container, time_range_ns: tuple[int, int] | None) -> None:
    spanning = block.kind in SPANNING_KINDS
    name = "begin" if spanning else "time"
    column = block.columns[name]
    differences = numbers(column.buffers[0], "q")
    first = list(accumulate(differences, initial=block.clock.origin_ticks))[1:]
    last = first
    if spanning:
        durations = numbers(block.columns["duration"].buffers[0], "q")
        if durations and min(durations) < 0:
            raise _error(block, block.columns["duration"], 0, "a negative duration")
        last = [begin + duration for begin, duration in zip(first, durations, strict=True)]
    if time_range_ns is None or not first:
        return
    low, high = block.clock.unix_ns(min(first)), block.clock.unix_ns(max(last))
    if low < time_range_ns[0] or high > time_range_ns[1]:
        raise _error(block, column, 0, f"times {low}..{high} ns outside the block's range")


def _rising(block: Container, column: Column, at: int) -> None:
    offsets = numbers(column.buffers[at], "i")
    if any(after < before for before, after in pairwise(offsets)):
        raise _error(block, column, at, "the offsets decrease")


def _below(block: Container, column: Column, at: int, count: int) -> None:
    highest = max(numbers(column.buffers[at], "I"), default=-1)
    if highest >= count:
        raise _error(block, column, at, f"index {highest} where there are {count} values")


def _texts(block: Container, column: Column, at: int) -> None:
    offsets = numbers(column.buffers[at], "i")
    data = bytes(memoryview(column.buffers[at + 1]))
    try:
        text = data.decode()
    except UnicodeDecodeError as exc:
        raise _error(block, column, at + 1, "not UTF-8") from exc
    if len(text) != len(data) and any(data[i] & 0xC0 == 0x80 for i in offsets if i < len(data)):
        raise _error(block, column, at, "an offset inside a character")


def _index_buffers(column: Column) -> list[tuple[int, int]]:
    if column.type == "dict":
        return [(0, column.values)]
    if column.type == "map":
        return [(1, column.key_values), (4, column.value_values)]
    return []


def _text_buffers(column: Column) -> list[int]:
    return {"utf8": [0], "dict": [1], "map": [2, 5]}.get(column.type, [])


def _error(block: Container, column: Column, at: int, reason: str) -> FormatError:
    view = memoryview(column.buffers[at])
    where = block.buffers_at + _start(block.header, column.name, at)
    return FormatError(f"column {column.name}, buffer {at} ({len(view)} bytes): {reason}", where)


def _start(header: dict[str, object], name: str, at: int) -> int:
    columns = header["columns"]
    assert isinstance(columns, list), "the header was checked by container.open"
    return next(int(entry["buffers"][at][0]) for entry in columns if entry["name"] == name)
