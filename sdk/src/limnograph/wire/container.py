"""
The container of one block: columns laid out as Arrow buffers, one zstd frame (format section 2).

Reading checks structure only (O(columns), never O(rows)): every buffer is inside the payload and
has the length that its column needs. What is in the buffers (order of offsets, ranges of indices,
UTF-8) is checked by ``values.check``, or by whoever hands them to Arrow.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from limnograph.wire import limits, planes, zstd
from limnograph.wire.checked import Fields, json_object
from limnograph.wire.errors import FormatError, LimitError
from limnograph.wire.layout import (
    COLUMN_TYPES,
    KIND_COLUMNS,
    OPTIONAL_COLUMNS,
    Buffer,
    Column,
    lengths,
)
from limnograph.wire.planes import Area, Packing, packing_of

MAGIC = b"LIMNOBLK"
VERSION = 1
ALIGNMENT = 64

_HEADER_AT = 16


@dataclass(frozen=True, slots=True)
class Clock:
    """
    How ticks become time: Unix ns = ``origin_unix_ns + (t - origin_ticks) * 1e9 / frequency``.

    The division rounds down.
    """

    ticks_per_second: int
    origin_ticks: int
    origin_unix_ns: int

    def unix_ns(self, ticks: int) -> int:
        """Return the Unix time of *ticks* in ns."""
        since = (ticks - self.origin_ticks) * 1_000_000_000
        return self.origin_unix_ns + since // self.ticks_per_second


@dataclass(frozen=True, slots=True)
class Container:
    """
    One opened block.

    Attributes:
        header: The JSON header, checked; ``sites`` and ``open_spans`` are lists of objects.
        data: The buffer area (from B on); buffers of ``columns`` are views into it.
        columns: By name; only columns that this version knows.
        buffers_at: B, the offset of ``data`` in the decompressed payload.
    """

    kind: str
    rows: int
    header: dict[str, Any]
    data: memoryview
    columns: Mapping[str, Column]
    clock: Clock
    buffers_at: int


def encode(
    kind: str,
    rows: int,
    columns: Sequence[Column],
    *,
    sites: Sequence[Mapping[str, object]],
    clock: Clock,
    dropped: int = 0,
    open_spans: Sequence[Mapping[str, int]] = (),
    level: int = 1,
) -> bytes:
    """
    Return a block's payload.

    Args:
        kind: ``log``, ``metrics``, ``spans``, ``traces`` or ``images``.
        rows: Rows in every column.
        columns: All of the kind's columns, optional ones only where wanted.
        sites: name, target, file, line, unit of each call site.
        clock: Calibration of the ticks.
        dropped: Events of the stream lost since its last block.
        open_spans: For ``spans``: id, parent, depth, site, begin_ticks of each open span.
        level: zstd level.
    """
    described: list[dict[str, object]] = []
    parts: list[Buffer] = []
    at = 0
    for column in columns:
        buffers: list[list[int]] = []
        for buffer in column.buffers:
            size = len(memoryview(buffer).cast("B"))
            buffers.append([at, size])
            parts += [buffer, bytes(-size % ALIGNMENT)]
            at += size + (-size % ALIGNMENT)
        entry: dict[str, object] = {"name": column.name, "type": column.type, "buffers": buffers}
        described.append(entry | column.counts())
    header = {
        "kind": kind,
        "rows": rows,
        "columns": described,
        "sites": list(sites),
        "clock": {
            "ticks_per_second": clock.ticks_per_second,
            "origin_ticks": clock.origin_ticks,
            "origin_unix_ns": clock.origin_unix_ns,
        },
        "dropped": dropped,
    }
    if kind == "spans":
        header["open_spans"] = list(open_spans)
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    start = MAGIC + VERSION.to_bytes(4, "little") + len(text).to_bytes(4, "little")
    padding = bytes(-(len(start) + len(text)) % ALIGNMENT)
    return zstd.compress(b"".join((start, text, padding, *parts)), level)


def open(  # noqa: A001 - read as container.open
    payload: bytes | memoryview,
    *,
    bytes_max: int = limits.BLOCK_BYTES_MAX,
    expand: planes.Expand = planes.expand,
) -> Container:
    """
    Return the block in *payload*, its structure checked.

    Args:
        payload: One zstd frame.
        bytes_max: Most bytes to decompress, and most bytes of unpacked buffers.
        expand: What unpacks byte planes.

    Raises:
        FormatError: The payload breaks a rule of the format; names the byte.
        LimitError: The payload is over a limit.
    """
    raw = memoryview(zstd.decompress(payload, bytes_max, "BLOCK_BYTES_MAX"))
    if bytes(raw[: len(MAGIC)]) != MAGIC:
        raise FormatError("the magic LIMNOBLK is missing", 0)
    if len(raw) < _HEADER_AT:
        raise FormatError("the container's start is cut off", len(raw))
    version = int.from_bytes(raw[8:12], "little")
    if version != VERSION:
        raise FormatError(f"version {version} is unknown", 8)
    size = int.from_bytes(raw[12:16], "little")
    if size > limits.BLOCK_HEADER_BYTES_MAX:
        limit = limits.BLOCK_HEADER_BYTES_MAX
        raise LimitError("BLOCK_HEADER_BYTES_MAX", limit, size, 12)
    end = _HEADER_AT + size
    buffers_at = end + -end % ALIGNMENT
    if buffers_at > len(raw):
        raise FormatError(f"the header of {size} bytes is cut off", len(raw))
    _zeros(raw, end, buffers_at)
    header = json_object(raw[_HEADER_AT:end], _HEADER_AT, "the header")
    return _checked(header, Area(raw[buffers_at:], buffers_at, expand, bytes_max))


def _checked(header: dict[str, Any], area: Area) -> Container:
    fields = Fields(header, "header", _HEADER_AT)
    kind = fields.text("kind", None)
    if kind not in KIND_COLUMNS:
        raise fields.wrong("kind", f"is none of {', '.join(KIND_COLUMNS)}")
    rows = fields.integer("rows", 0)
    if rows > limits.BLOCK_ROWS_MAX:
        raise LimitError("BLOCK_ROWS_MAX", limits.BLOCK_ROWS_MAX, rows, _HEADER_AT)
    fields.integer("dropped", 0)
    clock_fields = Fields(header.get("clock"), "clock", _HEADER_AT)
    clock = Clock(
        clock_fields.integer("ticks_per_second", 1),
        clock_fields.integer("origin_ticks"),
        clock_fields.integer("origin_unix_ns"),
    )
    sites = fields.items("sites", limits.BLOCK_ROWS_MAX, "BLOCK_ROWS_MAX")
    for at, item in enumerate(sites):
        site = Fields(item, f"sites[{at}]", _HEADER_AT)
        for key in ("name", "target", "file", "unit"):
            site.any_text(key)
        site.integer("line", 0, 2**32 - 1)
    if kind == "spans":
        opened = fields.items("open_spans", limits.BLOCK_ROWS_MAX, "BLOCK_ROWS_MAX", absent=True)
        for at, item in enumerate(opened):
            span = Fields(item, f"open_spans[{at}]", _HEADER_AT)
            for key in ("id", "parent", "begin_ticks"):
                span.integer(key)
            span.integer("depth", 0, 2**32 - 1)
            span.integer("site", 0, len(sites) - 1)
    columns = _columns(fields, kind, rows, area)
    return Container(kind, rows, header, area.data, columns, clock, area.at)


def _columns(fields: Fields, kind: str, rows: int, area: Area) -> dict[str, Column]:
    wanted = KIND_COLUMNS[kind] | OPTIONAL_COLUMNS
    seen: set[str] = set()
    spans: list[tuple[int, int]] = []
    columns: dict[str, Column] = {}
    listed = fields.items("columns", limits.BLOCK_COLUMNS_MAX, "BLOCK_COLUMNS_MAX")
    for at, item in enumerate(listed):
        entry = Fields(item, f"columns[{at}]", _HEADER_AT)
        name = entry.text("name", None)
        if name in seen:
            raise entry.wrong("name", f"{name!r} stands twice")
        seen.add(name)
        buffers = _buffers(entry, area)
        spans += [(part.start, part.size) for part in buffers]
        if name in wanted:
            columns[name] = _column(entry, wanted[name], rows, buffers, area)
    missing = KIND_COLUMNS[kind].keys() - columns.keys()
    if missing:
        raise fields.wrong("columns", f"miss {', '.join(sorted(missing))}")
    _gaps(spans, area.data, area.at)
    return columns


class _Part(NamedTuple):
    """One buffer as the header describes it; ``where`` is its byte in the payload."""

    start: int
    size: int
    view: memoryview
    where: int
    packing: Packing | None


def _column(entry: Fields, wanted: str, rows: int, parts: list[_Part], area: Area) -> Column:
    name = entry.text("name", None)
    kind = entry.text("type", None)
    if kind != wanted:
        raise entry.wrong("type", f"is {kind!r} where {name} is {wanted!r}")
    counts = {key: entry.integer(key, 0) for key in COLUMN_TYPES[kind].counts}
    for key, count in counts.items():
        if count > limits.BLOCK_ROWS_MAX:
            raise LimitError("BLOCK_ROWS_MAX", limits.BLOCK_ROWS_MAX, count, _HEADER_AT)
        if rows and key == "values" and not count:
            raise entry.wrong(key, "is 0 where there are rows")
    expected = lengths(Column(name, kind, (), **counts), rows)
    if len(parts) != len(expected):
        raise entry.wrong("buffers", f"are {len(parts)}, {kind} has {len(expected)}")
    views, starts = [], [part.where for part in parts]
    for part, need, typecode in zip(parts, expected, COLUMN_TYPES[kind].buffers, strict=True):
        view = part.view
        if part.packing is not None:
            if need is None:
                raise FormatError(f"column {name}: texts are packed", part.where)
            view = area.unpacked(view, part.packing, need, typecode, part.where)
        if need is not None and len(view) != need:
            found = f"a buffer of {len(view)} bytes, not {need}"
            raise FormatError(f"column {name}: {found}", part.where)
        views.append(view)
    column = Column(name, kind, tuple(views), **counts)
    for at, total in column.offset_buffers():
        first = int.from_bytes(views[at][:4], "little", signed=True)
        last = int.from_bytes(views[at][-4:], "little", signed=True)
        if first != 0:
            raise FormatError(f"column {name}: the first offset is {first}", starts[at])
        if last != total:
            where = starts[at] + len(views[at]) - 4
            raise FormatError(f"column {name}: the last offset is {last}, not {total}", where)
    return column


def _buffers(entry: Fields, area: Area) -> list[_Part]:
    found = []
    for at, item in enumerate(entry.items("buffers", 8, "buffers of a column")):
        if not isinstance(item, list) or [type(n) for n in item[:2]] != [int, int]:
            raise entry.wrong(f"buffers[{at}]", "is not [offset, length]")
        start, size, *described = item
        packing = packing_of(described)
        if described and packing is None:
            raise entry.wrong(f"buffers[{at}]", "is packed in an unknown way")
        if start < 0 or size < 0 or start + size > len(area.data):
            raise entry.wrong(f"buffers[{at}]", f"[{start}, {size}] is outside the payload")
        if start % ALIGNMENT:
            raise entry.wrong(f"buffers[{at}]", f"starts at {start}, not at a multiple of 64")
        view = area.data[start : start + size]
        found.append(_Part(start, size, view, area.at + start, packing))
    return found


def _gaps(spans: list[tuple[int, int]], data: memoryview, buffers_at: int) -> None:
    ordered = sorted((start, start + size) for start, size in spans if size)
    for (_, end), (start, _) in pairwise([(0, 0), *ordered, (len(data), len(data))]):
        if start < end:
            raise FormatError("two buffers overlap", buffers_at + start)
        if start - end >= ALIGNMENT:
            raise FormatError(f"{start - end} bytes belong to no buffer", buffers_at + end)
        _zeros(data, end, start, buffers_at)


def _zeros(view: memoryview, start: int, end: int, base: int = 0) -> None:
    if any(view[start:end]):
        raise FormatError("the padding is not zero", base + start)
