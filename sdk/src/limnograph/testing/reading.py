"""Blocks back into events, in plain Python: for the few events of a test."""

from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate, pairwise
from typing import Any

from limnograph.recorder.levels import LEVELS
from limnograph.recorder.trace_rows import OWN_PREFIX
from limnograph.testing.events import CapturedImage, CapturedLog, CapturedMetric, CapturedSpan
from limnograph.wire import container
from limnograph.wire.container import Container
from limnograph.wire.layout import SPANNING_KINDS, Column
from limnograph.wire.values import numbers

Event = CapturedLog | CapturedMetric | CapturedSpan | CapturedImage

_FAILED = 2
_TYPECODES = {"uint8": "B", "int16": "h", "uint32": "I", "int64": "q"}
_LEVEL_NAMES = {number: name for name, number in LEVELS.items()}


def events_of(payload: bytes | memoryview) -> Iterator[Event]:
    """Yield the events of one block."""
    block = container.open(payload)
    read, start = _READERS[block.kind], "begin" if block.kind in SPANNING_KINDS else "time"
    columns = {name: _values(column, block.rows) for name, column in block.columns.items()}
    columns.setdefault("properties", [{}] * block.rows)
    differences = columns.pop(start)
    ticks = list(accumulate(differences, initial=block.clock.origin_ticks))[1:]
    sites = block.header["sites"]
    for tick, *row in zip(ticks, *columns.values(), strict=True):
        fields = dict(zip(columns, row, strict=True))
        site = sites[fields.pop("site")]
        place = {key: site[key] for key in ("target", "file", "line")}
        yield read(block, tick, site, {**fields, **place})


def _log(block: Container, tick: int, site: Mapping[str, Any], fields: dict[str, Any]) -> Event:
    fields["level"] = _LEVEL_NAMES[fields["level"]]
    return CapturedLog(time_ns=block.clock.unix_ns(tick), template=site["name"], **fields)


def _metric(block: Container, tick: int, site: Mapping[str, Any], fields: dict[str, Any]) -> Event:
    time_ns = block.clock.unix_ns(tick)
    return CapturedMetric(time_ns=time_ns, name=site["name"], unit=site["unit"], **fields)


def _span(block: Container, tick: int, site: Mapping[str, Any], fields: dict[str, Any]) -> Event:
    begin_ns = block.clock.unix_ns(tick)
    end_ns = block.clock.unix_ns(tick + fields.pop("duration"))
    fields["failed"] = fields.pop("status") == _FAILED
    fields["coroutine"] = fields.get("coroutine") == 1
    return CapturedSpan(
        begin_ns=begin_ns, duration_ns=end_ns - begin_ns, name=site["name"], **fields
    )


def _image(block: Container, tick: int, _site: Mapping[str, Any], fields: dict[str, Any]) -> Event:
    return CapturedImage(time_ns=block.clock.unix_ns(tick), **fields)


def _trace(block: Container, tick: int, site: Mapping[str, Any], fields: dict[str, Any]) -> Event:
    own = {key.removeprefix(OWN_PREFIX): value for key, value in fields["properties"].items()}
    del fields["thread"]
    kind = site["unit"]
    return _span(block, tick, site, {**fields, "depth": 0, "properties": own | {"span.kind": kind}})


_READERS: Mapping[str, Callable[[Container, int, Mapping[str, Any], dict[str, Any]], Event]] = {
    "log": _log,
    "metrics": _metric,
    "spans": _span,
    "traces": _trace,
    "images": _image,
}


def _values(column: Column, rows: int) -> list[Any]:
    """Return a column's values as Python objects."""
    if column.type == "float64":
        return list(memoryview(bytes(memoryview(column.buffers[0]))).cast("d"))
    if column.type == "binary":
        return _cut(column, 0)
    if column.type == "utf8":
        return [text.decode() for text in _cut(column, 0)]
    if column.type == "dict":
        return _coded(column, 0)
    if column.type == "map":
        keys, values = _coded(column, 1), _coded(column, 4)
        ends = pairwise(numbers(column.buffers[0], "i")[: rows + 1])
        return [dict(zip(keys[a:b], values[a:b], strict=True)) for a, b in ends]
    return list(numbers(column.buffers[0], _TYPECODES[column.type]))


def _cut(column: Column, at: int) -> list[bytes]:
    data = bytes(memoryview(column.buffers[at + 1]))
    return [data[a:b] for a, b in pairwise(numbers(column.buffers[at], "i"))]


def _coded(column: Column, at: int) -> list[str]:
    texts = [text.decode() for text in _cut(column, at + 1)]
    return [texts[index] for index in numbers(column.buffers[at], "I")]
