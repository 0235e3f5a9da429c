"""
The usual way: protobuf's own parser (upb), then Python over every record, into the same columns.

Written as one would write it with care: attributes go into flat lists of keys and values, columns
into Arrow, nothing is done twice. It leaves out what ours adds (repair, fallbacks, checks).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
import pyarrow as pa
from opentelemetry.proto.logs.v1.logs_pb2 import ResourceLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import ResourceMetrics
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from assets.decode.rows import EVENTS, EXEMPLARS, HISTOGRAM_ROWS, LINKS, OTEL_SPAN_ROWS, TIME

_LEVELS = [4, *(6 - number // 4 for number in range(24))]
_KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
_TEMPORALITIES = ("unspecified", "delta", "cumulative")
_STATUSES = ("UNSET", "OK", "ERROR")


class Maps:
    """A column of maps under construction."""

    def __init__(self) -> None:
        self.offsets, self.keys, self.values = [0], [], []
        self.types, self.known = [], {(): None}

    def add(self, attributes: Iterable[Any], more: dict[str, str]) -> None:
        """Add a row's map."""
        found, typed = {}, []
        for entry in attributes:
            kind = entry.value.WhichOneof("value")
            found[entry.key] = _text(entry.value, kind)
            if kind != "string_value":
                typed.append((entry.key, kind))
        self.types.append(self._types(tuple(typed)))
        found.update(more)
        self.keys += found.keys()
        self.values += found.values()
        self.offsets.append(len(self.keys))

    def _types(self, typed: tuple[tuple[str, str], ...]) -> str | None:
        """Return the JSON of what is no string, made once for each shape."""
        if typed not in self.known:
            names = {key: kind.removesuffix("_value") for key, kind in typed}
            self.known[typed] = json.dumps(names, separators=(",", ":"))
        return self.known[typed]

    def types_series(self) -> pl.Series:
        """Return the column of types."""
        return pl.Series(self.types, dtype=pl.String)

    def array(self) -> pa.Array:
        """Return the column as Arrow has it."""
        texts = pa.string_view()
        keys, values = pa.array(self.keys, texts), pa.array(self.values, texts)
        return pa.MapArray.from_arrays(pa.array(self.offsets, pa.int32()), keys, values)

    def series(self) -> pl.Series:
        """Return the column."""
        return pl.Series(pl.from_arrow(self.array()))


class Structs:
    """A column of lists of structs with attributes under construction."""

    def __init__(self, *names: str) -> None:
        self.names, self.values = names, [[] for _ in names]
        self.offsets, self.maps = [0], Maps()

    def add(self, attributes: Iterable[Any], *values: Any) -> None:
        """Add an element to the row's list."""
        for column, value in zip(self.values, values, strict=True):
            column.append(value)
        self.maps.add(attributes, {})

    def end_row(self) -> None:
        """Begin the next row's list."""
        self.offsets.append(len(self.values[0]))

    def series(self, dtype: pl.DataType) -> pl.Series:
        """Return the column."""
        columns = [pa.array(values) for values in self.values]
        structs = pa.StructArray.from_arrays(
            [*columns, self.maps.array()], [*self.names, "attributes"]
        )
        lists = pa.ListArray.from_arrays(pa.array(self.offsets, pa.int32()), structs)
        return pl.Series(pl.from_arrow(lists)).cast(dtype)


def _text(value: Any, kind: str | None) -> str:
    if kind == "string_value":
        return value.string_value
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    return "" if kind is None else str(getattr(value, kind))


def _frame(columns: Mapping[str, Sequence[Any]], schema: pl.Schema) -> pl.DataFrame:
    """Return plain columns; times are Unix ns."""
    plain = {name: pl.Int64() if schema[name] == TIME else schema[name] for name in columns}
    frame = pl.DataFrame({name: pl.Series(columns[name], dtype=plain[name]) for name in columns})
    return frame.cast({name: schema[name] for name in columns})


def logs(payload: bytes) -> pl.DataFrame:
    """Return the rows of a ResourceLogs message."""
    times, targets, levels, messages, maps = [], [], [], [], Maps()
    for scope in ResourceLogs.FromString(payload).scope_logs:
        name = scope.scope.name
        for record in scope.log_records:
            times.append(record.time_unix_nano or record.observed_time_unix_nano)
            targets.append(name)
            levels.append(_LEVELS[record.severity_number])
            messages.append(_text(record.body, record.body.WhichOneof("value")))
            more = {
                "otel.scope.name": name,
                "otel.trace_id": record.trace_id.hex(),
                "otel.span_id": record.span_id.hex(),
                "otel.severity_text": record.severity_text,
                "otel.observed_after_ns": str(record.observed_time_unix_nano - times[-1]),
                "otel.flags": str(record.flags),
            }
            maps.add(record.attributes, more)
    return pl.DataFrame(
        {
            "time": pl.Series(times, dtype=pl.Int64).cast(TIME),
            "target": targets,
            "level": pl.Series(levels, dtype=pl.Int32),
            "msg": messages,
            "properties": maps.series(),
            "property_types": maps.types_series(),
        }
    )


def spans(payload: bytes) -> pl.DataFrame:
    """Return the rows of a ResourceSpans message."""
    rows: list[tuple[Any, ...]] = []
    maps = Maps()
    events = Structs("time", "name")
    links = Structs("trace_id", "span_id", "trace_state")
    for scope in ResourceSpans.FromString(payload).scope_spans:
        name = scope.scope.name
        for span in scope.spans:
            start, end = span.start_time_unix_nano, span.end_time_unix_nano
            rows.append(
                (
                    span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex() or None,
                    start, end, end - start, span.name, _KINDS[span.kind],
                    _STATUSES[span.status.code], span.status.message or None, name,
                )
            )  # fmt: skip
            maps.add(span.attributes, {"otel.scope.name": name, "otel.flags": str(span.flags)})
            for event in span.events:
                events.add(event.attributes, event.time_unix_nano, event.name)
            for link in span.links:
                links.add(link.attributes, link.trace_id.hex(), link.span_id.hex(),
                          link.trace_state)  # fmt: skip
            events.end_row()
            links.end_row()
    names = ("trace_id", "span_id", "parent_span_id", "start_time", "end_time", "duration", "name",
             "kind", "status", "status_message", "target")  # fmt: skip
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    return _frame(columns, OTEL_SPAN_ROWS).with_columns(
        maps.series().alias("properties"),
        maps.types_series().alias("property_types"),
        events.series(EVENTS).alias("events"),
        links.series(LINKS).alias("links"),
    )


def points(payload: bytes) -> pl.DataFrame:
    """Return the numbers of a ResourceMetrics message."""
    times, targets, names, units, values, maps = [], [], [], [], [], Maps()
    for scope in ResourceMetrics.FromString(payload).scope_metrics:
        for metric in scope.metrics:
            if metric.WhichOneof("data") != "sum":
                continue
            more = {
                "otel.metric.kind": "sum",
                "otel.metric.aggregation_temporality": str(metric.sum.aggregation_temporality),
                "otel.metric.is_monotonic": "true" if metric.sum.is_monotonic else "false",
            }
            for point in metric.sum.data_points:
                times.append(point.time_unix_nano)
                targets.append(scope.scope.name)
                names.append(metric.name)
                units.append(metric.unit)
                value = point.as_int if point.WhichOneof("value") == "as_int" else point.as_double
                values.append(float(value))
                since = {"otel.metric.start_time_unix_nano": str(point.start_time_unix_nano)}
                integer = point.WhichOneof("value") == "as_int"
                last = {"otel.metric.value_type": "int"} if integer else {}
                maps.add(point.attributes, more | since | last)
    return pl.DataFrame(
        {
            "time": pl.Series(times, dtype=pl.Int64).cast(TIME),
            "target": targets,
            "name": names,
            "unit": units,
            "value": values,
            "properties": maps.series(),
            "property_types": maps.types_series(),
        }
    )


def histograms(payload: bytes) -> pl.DataFrame:
    """Return the points of the histograms in a ResourceMetrics message."""
    rows: list[tuple[Any, ...]] = []
    maps = Maps()
    exemplars = Structs("time", "value", "trace_id", "span_id")
    for scope in ResourceMetrics.FromString(payload).scope_metrics:
        for metric in scope.metrics:
            if metric.WhichOneof("data") != "histogram":
                continue
            temporality = _TEMPORALITIES[metric.histogram.aggregation_temporality]
            for point in metric.histogram.data_points:
                rows.append(
                    (
                        point.time_unix_nano, point.start_time_unix_nano or None,
                        scope.scope.name, metric.name, metric.unit, "histogram", temporality,
                        point.count, point.sum if point.HasField("sum") else None,
                        point.min if point.HasField("min") else None,
                        point.max if point.HasField("max") else None,
                        None, list(point.explicit_bounds), list(point.bucket_counts),
                    )
                )  # fmt: skip
                maps.add(point.attributes, {})
                for one in point.exemplars:
                    exemplars.add(one.filtered_attributes, one.time_unix_nano, one.as_double,
                                  one.trace_id.hex(), one.span_id.hex())  # fmt: skip
                exemplars.end_row()
    names = ("time", "start_time", "target", "name", "unit", "kind", "temporality", "count", "sum",
             "min", "max", "scale", "bounds", "counts")  # fmt: skip
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    return _frame(columns, HISTOGRAM_ROWS).with_columns(
        maps.series().alias("properties"),
        maps.types_series().alias("property_types"),
        exemplars.series(EXEMPLARS).alias("exemplars"),
    )
