"""ResourceMetrics, second reading: one row per point of a histogram, exponential or not."""

import math
import sys
from dataclasses import dataclass, field

from assets.otlp_wire.entries import (
    Entries,
    put_attribute,
    put_entry,
    put_integer,
    put_number,
    put_odd_time,
)
from assets.otlp_wire.limits import SCALE_MAX
from assets.otlp_wire.metrics import (
    EXPONENTIAL,
    HISTOGRAM,
    NO_RECORDED_VALUE,
    Metric,
    attributes_of,
    each_point,
    exemplar_of,
)
from assets.otlp_wire.values import Bounds, decimals
from assets.otlp_wire.wire import (
    BYTES,
    FIXED64,
    VARINT,
    Field,
    Malformed,
    Payload,
    double,
    int64,
    unix_ns,
    zigzag,
)

_EXPLICIT = {
    2: "start_time", 3: "time", 4: "count", 5: "sum", 6: "counts", 7: "bounds", 8: "exemplar",
    9: "attribute", 10: "flags", 11: "min", 12: "max",
}  # fmt: skip
_EXPONENTIAL = {
    1: "attribute", 2: "start_time", 3: "time", 4: "count", 5: "sum", 6: "scale", 7: "zero_count",
    8: "positive", 9: "negative", 10: "flags", 11: "exemplar", 12: "min", 13: "max",
    14: "threshold",
}  # fmt: skip
_WIRES = {
    "start_time": FIXED64, "time": FIXED64, "count": FIXED64, "sum": FIXED64, "exemplar": BYTES,
    "attribute": BYTES, "flags": VARINT, "min": FIXED64, "max": FIXED64, "scale": VARINT,
    "zero_count": FIXED64, "positive": BYTES, "negative": BYTES, "threshold": FIXED64,
}  # fmt: skip
_NAMES = (
    "time", "start_time", "target", "name", "unit", "exponential", "temporality", "scale", "count",
    "sum", "has_sum", "min", "has_min", "max", "has_max", "no_value", "bounds", "bound", "counts",
    "bucket", "properties", "property_types", "exemplars", "exemplar_time",
    "exemplar_value", "exemplar_trace_id", "exemplar_span_id", "exemplar_attributes",
)  # fmt: skip

Columns = dict[str, list[object]]


@dataclass(slots=True)
class Point:
    """The last field of each meaning, and what was repeated."""

    numbers: dict[str, Field] = field(default_factory=dict)
    entries: Entries = field(default_factory=Entries)
    counts: list[int] = field(default_factory=list)
    bounds: list[float] = field(default_factory=list)

    def value(self, meaning: str) -> int:
        """A number, 0 if absent."""
        found = self.numbers.get(meaning)
        return found.value if found else 0


def read(data: bytes | Payload) -> Columns:
    """Return the columns of the histograms in a ResourceMetrics message."""
    payload = data if isinstance(data, Payload) else Payload(data)
    columns: Columns = {name: [] for name in _NAMES}
    for name in ("bounds", "counts", "exemplars"):
        columns[name].append(0)
    for metric, bounds in each_point(payload, {HISTOGRAM, EXPONENTIAL}):
        _row(payload, columns, metric, bounds)
    return columns


def _row(payload: Payload, columns: Columns, metric: Metric, bounds: Bounds) -> None:
    payload.count()
    point = _point(payload, columns, metric, bounds)
    if metric.kind == EXPONENTIAL:
        _exponential(payload, point)
    columns["bound"] += point.bounds
    columns["bucket"] += [int64(count) for count in point.counts]
    metric.scope.put(payload, point.entries)
    point.entries.put_all(payload, metric.entries)
    _put_odd(payload, metric, point)
    row: dict[str, object] = {
        "time": unix_ns(point.value("time")),
        "start_time": unix_ns(point.value("start_time")),
        "target": metric.scope.name,
        "name": metric.name,
        "unit": metric.unit,
        "exponential": int(metric.kind == EXPONENTIAL),
        "temporality": metric.temporality,
        "scale": zigzag(point.value("scale")),
        "count": int64(point.value("count")),
        "no_value": point.value("flags") & NO_RECORDED_VALUE,
        "bounds": len(columns["bound"]),
        "counts": len(columns["bucket"]),
        "properties": point.entries,
        "property_types": point.entries.types(),
        "exemplars": len(columns["exemplar_time"]),
    }
    for name in ("sum", "min", "max"):
        row[name] = double(point.value(name))
        row[f"has_{name}"] = int(name in point.numbers)
    for name, value in row.items():
        columns[name].append(value)


def _put_odd(payload: Payload, metric: Metric, point: Point) -> None:
    """Put what the columns cannot show of a point."""
    entries = point.entries
    start, time = point.value("start_time"), point.value("time")
    put_odd_time(payload, entries, "otel.metric.start_time_unix_nano", start, or_none=False)
    put_odd_time(payload, entries, "otel.metric.time_unix_nano", time, or_none=True)
    put_number(payload, entries, "otel.flags", point.value("flags") & 0xFFFFFFFF)
    if not 0 <= metric.temporality <= 2:
        key = "otel.metric.aggregation_temporality"
        put_integer(payload, entries, key, metric.temporality)
    threshold = double(point.value("threshold"))
    if threshold != 0:
        text = payload.made(decimals(threshold))
        put_entry(payload, entries, "otel.metric.zero_threshold", text)


def _point(payload: Payload, columns: Columns, metric: Metric, bounds: Bounds) -> Point:
    point = Point()
    meanings = _EXPONENTIAL if metric.kind == EXPONENTIAL else _EXPLICIT
    for one in payload.fields(*bounds):
        meaning = meanings.get(one.number)
        if meaning is None:
            continue
        if meaning == "counts":
            point.counts += _fixed64(payload, one)
            continue
        if meaning == "bounds":
            point.bounds += [double(bits) for bits in _fixed64(payload, one)]
            continue
        one.check(_WIRES[meaning])
        point.numbers[meaning] = one
        if meaning == "attribute":
            put_attribute(payload, point.entries, (one.start, one.end))
        elif meaning == "exemplar":
            _exemplar(payload, columns, (one.start, one.end))
    return point


def _fixed64(payload: Payload, one: Field) -> list[int]:
    """Return a packed or single number of eight bytes."""
    if one.wire == FIXED64:
        payload.count()
        return [one.value]
    one.check(BYTES)
    size = one.end - one.start
    if size % 8:
        reason = f"field {one.number} is packed in {size} bytes, not a multiple of 8"
        raise Malformed(reason, one.at)
    payload.count(size // 8)
    data = payload.data
    return [int.from_bytes(data[at : at + 8], "little") for at in range(one.start, one.end, 8)]


def _exemplar(payload: Payload, columns: Columns, bounds: Bounds) -> None:
    payload.count()
    found = exemplar_of(payload, bounds)
    attributes = attributes_of(payload, found.attributes)
    put_odd_time(payload, attributes, "otel.time_unix_nano", found.nanos, or_none=False)
    if found.value is None:
        put_entry(payload, attributes, "otel.no_value", "true")
    elif isinstance(found.value, int):
        put_integer(payload, attributes, "otel.as_int", found.value)
    attributes.note_types(payload)
    columns["exemplar_time"].append(found.time)
    columns["exemplar_value"].append(0.0 if found.value is None else float(found.value))
    columns["exemplar_trace_id"].append(payload.hex(*found.trace_id))
    columns["exemplar_span_id"].append(payload.hex(*found.span_id))
    columns["exemplar_attributes"].append(attributes)


def _exponential(payload: Payload, point: Point) -> None:
    """Write the bounds of an exponential histogram out."""
    payload.count(6)
    low, negatives = _buckets(payload, point.numbers.get("negative"))
    high, positives = _buckets(payload, point.numbers.get("positive"))
    payload.count(len(negatives) + len(positives))
    scale = zigzag(point.value("scale"))
    threshold = double(point.value("threshold"))
    point.counts = [0, *reversed(negatives), point.value("zero_count"), *positives, 0]
    below = [-_bound(scale, low + at) for at in range(len(negatives), -1, -1)]
    above = [_bound(scale, high + at) for at in range(len(positives) + 1)]
    point.bounds = below if negatives else [-threshold]
    point.bounds += above if positives else [threshold]


def _buckets(payload: Payload, one: Field | None) -> tuple[int, list[int]]:
    """Return offset and counts of Buckets."""
    offset, counts = 0, []
    for part in payload.fields(one.start, one.end) if one else ():
        if part.number == 1:
            part.check(VARINT)
            offset = zigzag(part.value)
        elif part.number == 2 and part.wire == VARINT:
            payload.count()
            counts.append(part.value)
        elif part.number == 2:
            part.check(BYTES)
            at = part.start
            while at < part.end:
                count, at = payload.varint(at, part.end, "a bucket's count")
                payload.count()
                counts.append(count)
    return offset, counts


def _bound(scale: int, index: int) -> float:
    clamped = max(-SCALE_MAX, min(SCALE_MAX, scale))
    try:
        return math.exp2(index * math.ldexp(1.0, -clamped))
    except OverflowError:
        return sys.float_info.max
