"""What the points of one metric share, and exemplars in the two forms in which they are kept."""

from collections.abc import Iterator
from dataclasses import dataclass

from assets.otlp_wire.entries import Entries, attribute_of, put_attribute, put_entry
from assets.otlp_wire.scopes import Scope, Shared, each_record, shared
from assets.otlp_wire.values import Bounds, json_member, json_number
from assets.otlp_wire.wire import (
    BYTES,
    FIXED64,
    VARINT,
    Field,
    Payload,
    double,
    int32,
    int64,
    unix_ns,
)

GAUGE, SUM, HISTOGRAM, EXPONENTIAL, SUMMARY = 5, 7, 9, 10, 11
_DATA = {GAUGE: 1, SUM: 3, HISTOGRAM: 2, EXPONENTIAL: 2, SUMMARY: 1}
"""Fields of Metric that hold points, and the last field that is known of each."""

_METADATA = 12
_UNTYPED = b"\x0a\x0fprometheus.type\x12\x09\x0a\x07unknown"
"""The KeyValue by which OpenTelemetry says that a gauge is only a number of Prometheus."""
_EXEMPLAR = {2: FIXED64, 3: FIXED64, 4: BYTES, 5: BYTES, 6: FIXED64, 7: BYTES}
NO_RECORDED_VALUE = 1


@dataclass(slots=True)
class Metric:
    """A metric without its points."""

    scope: Scope
    name: str
    unit: str
    entries: Shared
    """Description and metadata."""
    untyped: bool = False
    """Whether its sender says that nobody knows what it is."""
    kind: int = 0
    temporality: int = 0
    monotonic: bool = False


@dataclass(slots=True)
class Exemplar:
    """One recorded value with the span that it was recorded in."""

    time: int
    value: int | float | None
    nanos: int
    trace_id: Bounds
    span_id: Bounds
    attributes: list[Bounds]


def each_point(payload: Payload, kinds: set[int]) -> Iterator[tuple[Metric, Bounds]]:
    """Yield every point of metrics of these kinds."""
    for scope, bounds in each_record(payload, named=False):
        metric, points = _metric(payload, scope, bounds)
        if metric.kind in kinds:
            for point in points:
                yield metric, point


def _metric(payload: Payload, scope: Scope, bounds: Bounds) -> tuple[Metric, list[Bounds]]:
    name = unit = description = ""
    data: Field | None = None
    metadata: list[Bounds] = []
    for field in payload.fields(*bounds):
        if field.number > 3 and field.number not in {*_DATA, _METADATA}:
            continue
        field.check(BYTES)
        if field.number == 1:
            name = payload.text(field.start, field.end)
        elif field.number == 2:
            description = payload.text(field.start, field.end)
        elif field.number == 3:
            unit = payload.text(field.start, field.end)
        elif field.number == _METADATA:
            metadata.append((field.start, field.end))
        else:
            data = field
    entries = Entries()
    put_entry(payload, entries, "otel.metric.description", description)
    known = shared(entries)
    known += [attribute_of(payload, one, "otel.metric.metadata.") for one in metadata]
    untyped = any(payload.data[slice(*one)] == _UNTYPED for one in metadata)
    metric = Metric(scope, name, unit, known, untyped=untyped)
    points: list[Bounds] = []
    if data is None:
        return metric, points
    metric.kind = data.number
    for field in payload.fields(data.start, data.end):
        if field.number > _DATA[data.number]:
            continue
        field.check(BYTES if field.number == 1 else VARINT)
        if field.number == 1:
            points.append((field.start, field.end))
        elif field.number == 2:
            metric.temporality = int32(field.value)
        else:
            metric.monotonic = bool(field.value)
    return metric, points


def exemplar_of(payload: Payload, bounds: Bounds) -> Exemplar:
    """Read an Exemplar."""
    found = Exemplar(0, None, 0, (0, 0), (0, 0), [])
    for field in payload.fields(*bounds):
        if field.number not in _EXEMPLAR:
            continue
        field.check(_EXEMPLAR[field.number])
        match field.number:
            case 2:
                found.nanos = field.value
                found.time = unix_ns(field.value)
            case 3:
                found.value = double(field.value)
            case 4:
                found.span_id = field.start, field.end
            case 5:
                found.trace_id = field.start, field.end
            case 6:
                found.value = int64(field.value)
            case _:
                found.attributes.append((field.start, field.end))
    return found


def json_exemplar(payload: Payload, bounds: Bounds) -> str:
    """Return an Exemplar as JSON."""
    found = exemplar_of(payload, bounds)
    data = payload.data
    value = found.value
    number = "null" if value is None else str(value) if type(value) is int else json_number(value)
    members = ",".join(json_member(payload, one, 0) for one in found.attributes)
    ids = [data[slice(*found.trace_id)].hex(), data[slice(*found.span_id)].hex()]
    return (
        f'{{"time":{found.time},"value":{number},"trace_id":"{ids[0]}","span_id":"{ids[1]}",'
        f'"attributes":{{{members}}}}}'
    )


def attributes_of(payload: Payload, every: list[Bounds]) -> Entries:
    """Return attributes as a map."""
    entries = Entries()
    for bounds in every:
        put_attribute(payload, entries, bounds)
    return entries
