"""
Many packets that differ only in their time, and perhaps a value, written at once.

The schema's classes write one packet of each kind, with a time and a value that are easy to find
in it; the others are copies with their own put there. That is 20 to 46 times as fast as making
each with the classes (docs/decisions/2026-11-23-perfetto.md), and the bytes are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as proto

from query_engine.export.limits import TABLE_BYTES_MAX, TABLE_ROWS
from query_engine.export.order import Ints
from query_engine.export.perfetto.packets import written

_TIME = 0x3A5C_96E1_D2B4_8F77
_TIME_BYTES = 9
"""Numbers from 2**56 to 2**63 take nine bytes as a varint: times since April 1972 do."""

_VALUE = np.float64(-7.297352569284e-301)
_VALUE_BYTES = 8


@dataclass(frozen=True, slots=True)
class Template:
    """
    The bytes of a packet, and where its time and its value stand in them.

    Attributes:
        value_at: -1 if it has no value.
    """

    bytes: bytes
    time_at: int
    value_at: int = -1


def template(packet: proto.TracePacket) -> Template:
    """Return the template of a packet; what it has as time and as counter value is replaced."""
    packet.timestamp = _TIME
    counter = packet.track_event.type == proto.TrackEvent.TYPE_COUNTER
    if counter:
        packet.track_event.double_counter_value = float(_VALUE)
    content = written(packet)
    value_at = _only(content, _VALUE.tobytes()) if counter else -1
    return Template(content, _only(content, _STAMP), value_at)


def varints(times: Ints) -> NDArray[np.uint8]:
    """Return numbers of 63 bits as protobuf writes them, nine bytes each (n, 9)."""
    out = np.empty((len(times), _TIME_BYTES), np.uint8)
    for place in range(_TIME_BYTES):
        more = 0x80 if place < _TIME_BYTES - 1 else 0
        np.bitwise_or((times >> (7 * place)) & 0x7F, more, out=out[:, place], casting="unsafe")
    return out


_STAMP = varints(np.array([_TIME]))[0].tobytes()


def stamped(
    templates: Sequence[Template],
    which: Ints,
    times: Ints,
    values: NDArray[np.float64] | None = None,
) -> bytes:
    """
    Return packets one after the other.

    Args:
        templates: What the packets are copies of.
        which: The template of each packet.
        times: Its time, Unix ns; below 0 is taken for 0.
        values: Its value, if the templates have one.
    """
    stamps = varints(np.maximum(times, 0))
    doubles = None
    if values is not None:
        doubles = values.astype("<f8").view(np.uint8).reshape(-1, _VALUE_BYTES)
    parts = []
    for first in range(0, len(which), TABLE_ROWS):
        rows = slice(first, first + TABLE_ROWS)
        # Spans with attributes have a template each: of all of them few are needed here.
        numbers, of_these = np.unique(which[rows], return_inverse=True)
        needed = [templates[number] for number in numbers.tolist()]
        longest = max((len(one.bytes) for one in needed), default=0)
        write = _side_by_side if longest <= TABLE_BYTES_MAX else _one_by_one
        parts.append(
            write(needed, of_these, stamps[rows], None if doubles is None else doubles[rows])
        )
    return b"".join(parts)


def _side_by_side(
    templates: Sequence[Template],
    which: Ints,
    stamps: NDArray[np.uint8],
    doubles: NDArray[np.uint8] | None,
) -> bytes:
    """Write packets below one another in a table as wide as the longest, then cut the rest off."""
    sizes = np.array([len(one.bytes) for one in templates], np.int64)
    width = int(sizes.max())
    table = np.zeros((len(templates), width), np.uint8)
    for row, one in zip(table, templates, strict=True):
        row[: len(one.bytes)] = np.frombuffer(one.bytes, np.uint8)
    rows = table[which]
    # Only the length in front of a packet, of one byte or two, moves what stands in it.
    time_at = np.array([one.time_at for one in templates], np.int64)
    for at in np.unique(time_at).tolist():
        same = slice(None) if np.all(time_at == at) else np.flatnonzero(time_at[which] == at)
        rows[same, at : at + _TIME_BYTES] = stamps[same]
    if doubles is not None:
        value_at = np.array([one.value_at for one in templates], np.int64)[which]
        rows[np.arange(len(rows))[:, None], value_at[:, None] + np.arange(_VALUE_BYTES)] = doubles
    kept = np.arange(width) < sizes[which][:, None]
    return rows[kept].tobytes()


def _one_by_one(
    templates: Sequence[Template],
    which: Ints,
    stamps: NDArray[np.uint8],
    doubles: NDArray[np.uint8] | None,
) -> bytes:
    """Write packets of which some are long."""
    out = bytearray()
    for place, number in enumerate(which.tolist()):
        one = templates[number]
        start = len(out)
        out += one.bytes
        out[start + one.time_at : start + one.time_at + _TIME_BYTES] = stamps[place].tobytes()
        if doubles is not None:
            at = start + one.value_at
            out[at : at + _VALUE_BYTES] = doubles[place].tobytes()
    return bytes(out)


def _only(content: bytes, part: bytes) -> int:
    """Return where *part* stands in *content*, exactly once."""
    assert content.count(part) == 1, "the mark of a template is unmistakable"
    return content.index(part)
