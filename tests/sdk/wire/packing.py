"""Packs the buffers of a container as format section 2.1 says, in plain Python, for tests."""

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from limnograph.wire import container, zstd
from limnograph.wire.container import ALIGNMENT, MAGIC
from limnograph.wire.layout import COLUMN_TYPES
from limnograph.wire.values import numbers


class How(NamedTuple):
    """How a buffer is to be packed."""

    encoding: str
    differences: bool


PLANES, ZIGZAG = How("planes", False), How("zigzag", False)
DIFFERENCES, ZIGZAG_DIFFERENCES = How("planes", True), How("zigzag", True)


def planes(values: Sequence[int], how: How, *, floats: bool) -> tuple[bytes, list[object]]:
    """Return the planes of *values* and what describes them after offset and length."""
    start = 0
    if how.differences and values:
        start = values[0] - 1
        values = [after - before for before, after in pairwise([start, *values])]
    base = 0 if floats else min(values, default=0) if how.encoding == "planes" else 3
    unsigned = [(value - base) % 2**64 for value in values]
    if how.encoding == "zigzag":
        unsigned = [2 * u if u < 2**63 else 2 * (2**64 - u) - 1 for u in unsigned]
    width = (max(unsigned, default=0).bit_length() + 7) // 8
    data = b"".join(bytes(u >> 8 * plane & 255 for u in unsigned) for plane in range(width))
    return data, [how.encoding, base, *([start] if how.differences else [])]


def packed(payload: bytes, wanted: Mapping[str, Sequence[How | None]]) -> bytes:
    """Return *payload* with the buffers of the columns in *wanted* packed."""
    block = container.open(payload)
    parts: list[bytes] = []
    at = 0

    def edit(header: dict[str, Any]) -> bytes:
        nonlocal at
        for column in header["columns"]:
            hows = wanted.get(column["name"], [None] * len(column["buffers"]))
            typecodes = COLUMN_TYPES[column["type"]].buffers
            for number, how in enumerate(hows):
                start, size = column["buffers"][number]
                data, described = bytes(block.data[start : start + size]), []
                if how is not None:
                    typecode = typecodes[number].replace("d", "Q")
                    floats = typecode == "Q"
                    data, described = planes(numbers(data, typecode), how, floats=floats)
                column["buffers"][number] = [at, len(data), *described]
                parts.extend((data, bytes(-len(data) % ALIGNMENT)))
                at += len(parts[-2]) + len(parts[-1])
        return b"".join(parts)

    return assembled(block.header, edit(block.header))


def rewritten(payload: bytes, edit: Callable[[dict[str, Any]], object]) -> bytes:
    """Return *payload* with its header edited and its buffers as they are."""
    block = container.open(payload)
    edit(block.header)
    return assembled(block.header, bytes(block.data))


def assembled(header: dict[str, Any], data: bytes) -> bytes:
    """Return the container of *header* and *data*, compressed."""
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    start = MAGIC + (1).to_bytes(4, "little") + len(text).to_bytes(4, "little") + text
    return zstd.compress(start + bytes(-len(start) % ALIGNMENT) + data)
