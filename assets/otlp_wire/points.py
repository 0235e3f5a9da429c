"""ResourceMetrics, first reading: one row per number that a gauge, a sum or a summary gives."""

from assets.otlp_wire.entries import (
    Entries,
    put_attribute,
    put_entry,
    put_integer,
    put_number,
    put_odd_time,
)
from assets.otlp_wire.metrics import (
    GAUGE,
    NO_RECORDED_VALUE,
    SUM,
    SUMMARY,
    Metric,
    each_point,
    json_exemplar,
)
from assets.otlp_wire.values import Bounds, decimals
from assets.otlp_wire.wire import (
    BYTES,
    FIXED64,
    VARINT,
    Field,
    Payload,
    double,
    int64,
    unix_ns,
)

_NUMBER = {2: FIXED64, 3: FIXED64, 4: FIXED64, 5: BYTES, 6: FIXED64, 7: BYTES, 8: VARINT}
_SUMMARY = {2: FIXED64, 3: FIXED64, 4: FIXED64, 5: FIXED64, 6: BYTES, 7: BYTES, 8: VARINT}
_NAMES = ("time", "target", "name", "unit", "value", "has_value", "properties", "property_types")

_EXACT_MAX = 2**53
"""A float tells every integer up to it."""

Row = tuple[object, ...]


def read(data: bytes | Payload) -> dict[str, list[object]]:
    """Return the columns of the numbers in a ResourceMetrics message."""
    payload = data if isinstance(data, Payload) else Payload(data)
    rows: list[Row] = []
    for metric, bounds in each_point(payload, {GAUGE, SUM, SUMMARY}):
        if metric.kind == SUMMARY:
            rows += _summary_rows(payload, metric, bounds)
        else:
            rows.append(_number_row(payload, metric, bounds))
    return {name: [row[at] for row in rows] for at, name in enumerate(_NAMES)}


def _number_row(payload: Payload, metric: Metric, bounds: Bounds) -> Row:
    entries = Entries()
    start = time = flags = 0
    value: float | None = None
    integer: int | None = None
    exemplars: list[Bounds] = []
    for field in payload.fields(*bounds):
        if field.number not in _NUMBER:
            continue
        field.check(_NUMBER[field.number])
        match field.number:
            case 2:
                start = field.value
            case 3:
                time = field.value
            case 4:
                value, integer = double(field.value), None
            case 5:
                exemplars.append((field.start, field.end))
            case 6:
                integer = int64(field.value)
                value = float(integer)
            case 7:
                put_attribute(payload, entries, (field.start, field.end))
            case _:
                flags = field.value
    texts = ",".join(json_exemplar(payload, one) for one in exemplars)
    _put_shared(payload, entries, metric, "sum" if metric.kind == SUM else "gauge")
    if metric.kind == SUM:
        key = "otel.metric.aggregation_temporality"
        put_integer(payload, entries, key, metric.temporality)
        monotonic = "true" if metric.monotonic else "false"
        put_entry(payload, entries, "otel.metric.is_monotonic", monotonic)
    _put_times_and_flags(payload, entries, start, time, flags)
    if integer is not None:
        put_entry(payload, entries, "otel.metric.value_type", "int")
        if abs(integer) > _EXACT_MAX:
            put_integer(payload, entries, "otel.metric.as_int", integer)
    put_entry(payload, entries, "otel.exemplars", payload.made(f"[{texts}]") if exemplars else "")
    present = value is not None and not flags & NO_RECORDED_VALUE
    what = (unix_ns(time), metric.name, metric.unit)
    return _row(payload, metric, what, value, entries, present=present)


def _put_shared(payload: Payload, entries: Entries, metric: Metric, kind: str) -> None:
    """Put what all points of a metric share."""
    metric.scope.put(payload, entries)
    if not metric.untyped:
        put_entry(payload, entries, "otel.metric.kind", kind)
    entries.put_all(payload, metric.entries)


def _put_times_and_flags(
    payload: Payload, entries: Entries, start: int, time: int, flags: int
) -> None:
    """Put what every kind of point has: since when it counts, odd times, and its flags."""
    put_number(payload, entries, "otel.metric.start_time_unix_nano", start)
    put_odd_time(payload, entries, "otel.metric.time_unix_nano", time, or_none=True)
    put_number(payload, entries, "otel.flags", flags & 0xFFFFFFFF)


def _row(
    payload: Payload,
    metric: Metric,
    what: tuple[int, str, str],
    value: float | None,
    entries: Entries,
    *,
    present: bool,
) -> Row:
    payload.count()
    time, name, unit = what
    number = value if present and value is not None else 0.0
    return time, metric.scope.name, name, unit, number, int(present), entries, entries.types()


def _summary_rows(payload: Payload, metric: Metric, bounds: Bounds) -> list[Row]:
    fields: dict[int, Field] = {}
    attributes: list[Bounds] = []
    quantiles: list[Bounds] = []
    for field in payload.fields(*bounds):
        if field.number not in _SUMMARY:
            continue
        field.check(_SUMMARY[field.number])
        fields[field.number] = field
        if field.number == 6:
            quantiles.append((field.start, field.end))
        elif field.number == 7:
            attributes.append((field.start, field.end))
    numbers = {number: field.value for number, field in fields.items()}
    time, start, flags = (numbers.get(number, 0) for number in (3, 2, 8))
    present = not flags & NO_RECORDED_VALUE
    name, unit = metric.name, metric.unit
    names = {0.0: payload.made(f"{name}_min"), 1.0: payload.made(f"{name}_max")}
    rows: list[Row] = []

    def put(row_name: str, row_unit: str, value: float, quantile: str) -> None:
        entries = Entries()
        for attribute in attributes:
            put_attribute(payload, entries, attribute)
        _put_shared(payload, entries, metric, "summary")
        _put_times_and_flags(payload, entries, start, time, flags)
        put_entry(payload, entries, "quantile", quantile)
        what = (unix_ns(time), row_name, row_unit)
        rows.append(_row(payload, metric, what, value, entries, present=present))

    put(payload.made(f"{name}_count"), "", float(numbers.get(4, 0)), "")
    put(payload.made(f"{name}_sum"), unit, double(numbers.get(5, 0)), "")
    for one in quantiles:
        quantile, value = _quantile(payload, one)
        text = "" if quantile in names else payload.made(decimals(quantile))
        put(names.get(quantile, name), unit, value, text)
    return rows


def _quantile(payload: Payload, bounds: Bounds) -> tuple[float, float]:
    quantile = value = 0.0
    for field in payload.fields(*bounds):
        if field.number in {1, 2}:
            field.check(FIXED64)
            if field.number == 1:
                quantile = double(field.value)
            else:
                value = double(field.value)
    return quantile, value
