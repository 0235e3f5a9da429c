"""ResourceMetrics, first reading: one row per number that a gauge, a sum or a summary gives."""

from assets.otlp_wire.metrics import (
    GAUGE,
    NO_RECORDED_VALUE,
    SUM,
    SUMMARY,
    Metric,
    each_point,
    json_exemplar,
)
from assets.otlp_wire.scopes import Entries, put_attribute, put_entry, put_number
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
_NAMES = ("time", "target", "name", "unit", "value", "has_value", "properties")

Row = tuple[object, ...]


def read(data: bytes) -> dict[str, list[object]]:
    """Return the columns of the numbers in a ResourceMetrics message."""
    payload = Payload(data)
    rows: list[Row] = []
    for metric, bounds in each_point(payload, {GAUGE, SUM, SUMMARY}):
        if metric.kind == SUMMARY:
            rows += _summary_rows(payload, metric, bounds)
        else:
            rows.append(_number_row(payload, metric, bounds))
    return {name: [row[at] for row in rows] for at, name in enumerate(_NAMES)}


def _number_row(payload: Payload, metric: Metric, bounds: Bounds) -> Row:
    entries: Entries = {}
    start = time = flags = 0
    value: float | None = None
    exemplars: list[Bounds] = []
    for field in payload.fields(*bounds):
        if field.number not in _NUMBER:
            continue
        field.check(_NUMBER[field.number])
        match field.number:
            case 2:
                start = unix_ns(field.value)
            case 3:
                time = unix_ns(field.value)
            case 4:
                value = double(field.value)
            case 5:
                exemplars.append((field.start, field.end))
            case 6:
                value = float(int64(field.value))
            case 7:
                put_attribute(payload, entries, (field.start, field.end))
            case _:
                flags = field.value
    texts = ",".join(json_exemplar(payload, one) for one in exemplars)
    metric.scope.put(payload, entries)
    put_entry(payload, entries, "otel.metric.kind", "sum" if metric.kind == SUM else "gauge")
    if metric.kind == SUM:
        temporality = payload.made(str(metric.temporality))
        put_entry(payload, entries, "otel.metric.aggregation_temporality", temporality)
        monotonic = "true" if metric.monotonic else "false"
        put_entry(payload, entries, "otel.metric.is_monotonic", monotonic)
    put_number(payload, entries, "otel.metric.start_time_unix_nano", start)
    put_entry(payload, entries, "otel.exemplars", payload.made(f"[{texts}]") if exemplars else "")
    present = value is not None and not flags & NO_RECORDED_VALUE
    return _row(payload, metric, (time, metric.name, metric.unit), value, entries, present=present)


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
    return time, metric.scope.name, name, unit, number, int(present), entries


def _summary_rows(payload: Payload, metric: Metric, bounds: Bounds) -> list[Row]:
    fields: dict[int, Field] = {}
    attributes: list[Bounds] = []
    quantiles: list[tuple[float, float]] = []
    for field in payload.fields(*bounds):
        if field.number not in _SUMMARY:
            continue
        field.check(_SUMMARY[field.number])
        fields[field.number] = field
        if field.number == 6:
            quantiles.append(_quantile(payload, (field.start, field.end)))
        elif field.number == 7:
            attributes.append((field.start, field.end))
    numbers = {number: field.value for number, field in fields.items()}
    time, start = unix_ns(numbers.get(3, 0)), unix_ns(numbers.get(2, 0))
    present = not numbers.get(8, 0) & NO_RECORDED_VALUE
    name, unit = metric.name, metric.unit
    names = {0.0: payload.made(f"{name}_min"), 1.0: payload.made(f"{name}_max")}
    wanted = [
        (payload.made(f"{name}_count"), "", float(numbers.get(4, 0)), ""),
        (payload.made(f"{name}_sum"), unit, double(numbers.get(5, 0)), ""),
    ]
    for quantile, value in quantiles:
        text = "" if quantile in names else payload.made(decimals(quantile))
        wanted.append((names.get(quantile, name), unit, value, text))
    rows = []
    for row_name, row_unit, value, quantile_text in wanted:
        entries: Entries = {}
        for attribute in attributes:
            put_attribute(payload, entries, attribute)
        metric.scope.put(payload, entries)
        put_entry(payload, entries, "otel.metric.kind", "summary")
        put_number(payload, entries, "otel.metric.start_time_unix_nano", start)
        put_entry(payload, entries, "quantile", quantile_text)
        what = (time, row_name, row_unit)
        rows.append(_row(payload, metric, what, value, entries, present=present))
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
