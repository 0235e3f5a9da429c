"""
Every field of OTLP's three signals, set to something, is found in a row.

The catalog has every path of the definitions that are installed: a field that a later version adds
fails the first test until somebody decides where it is shown.
"""

import re
from collections.abc import Iterator
from typing import Any

import polars.selectors as cs
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from assets.decode.otlp.histograms import HISTOGRAMS
from assets.decode.otlp.logs import LOGS
from assets.decode.otlp.points import POINTS
from assets.decode.otlp.spans import SPANS
from ingest_api.otlp.split import split
from tests.assets.decode.otlp.messages import block

REQUESTS = {
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
    "traces": ExportTraceServiceRequest,
}
DECODERS = {"logs": [LOGS], "metrics": [POINTS, HISTOGRAMS], "traces": [SPANS]}

NUMBER = 78
SET = {
    FieldDescriptor.CPPTYPE_STRING: "some text",
    FieldDescriptor.CPPTYPE_INT32: NUMBER,
    FieldDescriptor.CPPTYPE_INT64: NUMBER,
    FieldDescriptor.CPPTYPE_UINT32: NUMBER,
    FieldDescriptor.CPPTYPE_UINT64: NUMBER,
    FieldDescriptor.CPPTYPE_DOUBLE: 2.5,
    FieldDescriptor.CPPTYPE_BOOL: True,
    FieldDescriptor.CPPTYPE_ENUM: 2,
}
RAW = b"\x5a\x5b\x5c"

RESOURCE = {
    "resource.attributes": "process_properties[otel.resource.key]=-7",
    "resource.dropped_attributes_count": "properties[otel.resource.dropped_attributes_count]",
    "resource.entity_refs.schema_url":
        'properties[otel.resource.entity_refs]=*"schema_url":"some text"*',
    "resource.entity_refs.type": 'properties[otel.resource.entity_refs]=*"type":"some text"*',
    "resource.entity_refs.id_keys":
        'properties[otel.resource.entity_refs]=*"id_keys":["some text"]*',
    "resource.entity_refs.description_keys":
        'properties[otel.resource.entity_refs]=*"description_keys":["some text"]*',
    "schema_url": "properties[otel.resource.schema_url]",
}  # fmt: skip
SCOPE = {
    "scope.name": "target",
    "scope.version": "properties[otel.scope.version]",
    "scope.attributes": "properties[otel.scope.attr.key]=-7",
    "scope.dropped_attributes_count": "properties[otel.scope.dropped_attributes_count]",
    "schema_url": "properties[otel.scope.schema_url]",
}
LOG = {
    "time_unix_nano": "time",
    "observed_time_unix_nano": "time",
    "severity_number": "properties[otel.severity_number]",
    "severity_text": "properties[otel.severity_text]",
    "body": "msg=-7",
    "attributes": "properties[key]=-7",
    "dropped_attributes_count": "properties[otel.dropped_attributes_count]",
    "flags": "properties[otel.flags]",
    "trace_id": "properties[otel.trace_id]",
    "span_id": "properties[otel.span_id]",
    "event_name": "properties[otel.event_name]",
}
SPAN = {
    "trace_id": "trace_id",
    "span_id": "span_id",
    "trace_state": "properties[otel.trace_state]",
    "parent_span_id": "parent_span_id",
    "flags": "properties[otel.flags]",
    "name": "name",
    "kind": "kind=SERVER",
    "start_time_unix_nano": "start_time",
    "end_time_unix_nano": "end_time",
    "attributes": "properties[key]=-7",
    "dropped_attributes_count": "properties[otel.dropped_attributes_count]",
    "events.time_unix_nano": "events[0][time]",
    "events.name": "events[0][name]",
    "events.attributes": "events[0][attributes][key]=-7",
    "events.dropped_attributes_count": "events[0][attributes][otel.dropped_attributes_count]",
    "dropped_events_count": "properties[otel.dropped_events_count]",
    "links.trace_id": "links[0][trace_id]",
    "links.span_id": "links[0][span_id]",
    "links.trace_state": "links[0][trace_state]",
    "links.attributes": "links[0][attributes][key]=-7",
    "links.dropped_attributes_count": "links[0][attributes][otel.dropped_attributes_count]",
    "links.flags": "links[0][attributes][otel.flags]",
    "dropped_links_count": "properties[otel.dropped_links_count]",
    "status.message": "status_message",
    "status.code": "status=ERROR",
}
METRIC = {
    "name": "name",
    "description": "properties[otel.metric.description]",
    "unit": "unit",
    "metadata": "properties[otel.metric.metadata.key]=-7",
}
POINT = {
    "attributes": "properties[key]=-7",
    "start_time_unix_nano": "properties[otel.metric.start_time_unix_nano]",
    "time_unix_nano": "time",
    "flags": "properties[otel.flags]",
}
JSON_EXEMPLAR = {
    "filtered_attributes": 'properties[otel.exemplars]=*"key":-7*',
    "time_unix_nano": 'properties[otel.exemplars]=*"time":78*',
    "as_double": 'properties[otel.exemplars]=*"value":2.5*',
    "as_int": 'properties[otel.exemplars]=*"value":78*',
    "span_id": 'properties[otel.exemplars]=*"span_id":"5a5b5c"*',
    "trace_id": 'properties[otel.exemplars]=*"trace_id":"5a5b5c"*',
}
EXEMPLAR = {
    "filtered_attributes": "exemplars[0][attributes][key]=-7",
    "time_unix_nano": "exemplars[0][time]",
    "as_double": "exemplars[0][value]",
    "as_int": "exemplars[0][attributes][otel.as_int]",
    "span_id": "exemplars[0][span_id]",
    "trace_id": "exemplars[0][trace_id]",
}
RANGES = POINT | {
    "start_time_unix_nano": "start_time",
    "count": "count",
    "sum": "sum",
    "min": "min",
    "max": "max",
}


def under(prefix: str, *parts: dict[str, str]) -> dict[str, str]:
    """Return entries with longer paths."""
    return {f"{prefix}.{path}": shown for part in parts for path, shown in part.items()}


NUMBER_POINT = POINT | {"as_double": "value", "as_int": "value=78.0"}
NUMBER_POINT |= under("exemplars", JSON_EXEMPLAR)
EXPLICIT = RANGES | {"bucket_counts": "counts[0]", "explicit_bounds": "bounds[0]"}
EXPLICIT |= under("exemplars", EXEMPLAR)
EXPONENTIAL = RANGES | {
    "scale": "scale",
    "zero_count": "counts[1]",
    "positive.offset": f"bounds[1]={2.0**NUMBER}",
    "positive.bucket_counts": "counts[2]",
    "negative.offset": f"bounds[1]={-(2.0**NUMBER)}",
    "negative.bucket_counts": "counts[1]",
    "zero_threshold": "properties[otel.metric.zero_threshold]",
}
EXPONENTIAL |= under("exemplars", EXEMPLAR)
SUMMARY = POINT | {
    "count": "value=78.0",
    "sum": "value",
    "quantile_values.quantile": "properties[quantile]",
    "quantile_values.value": "value",
}
DATA = {
    **under("gauge.data_points", NUMBER_POINT),
    **under("sum.data_points", NUMBER_POINT),
    "sum.aggregation_temporality": "properties[otel.metric.aggregation_temporality]",
    "sum.is_monotonic": "properties[otel.metric.is_monotonic]=true",
    **under("histogram.data_points", EXPLICIT),
    "histogram.aggregation_temporality": "temporality=cumulative",
    **under("exponential_histogram.data_points", EXPONENTIAL),
    "exponential_histogram.aggregation_temporality": "temporality=cumulative",
    **under("summary.data_points", SUMMARY),
}
CATALOG = {
    "logs": under("resource_logs", RESOURCE, under("scope_logs", SCOPE, under("log_records", LOG))),
    "traces": under("resource_spans", RESOURCE, under("scope_spans", SCOPE, under("spans", SPAN))),
    "metrics": under(
        "resource_metrics", RESOURCE, under("scope_metrics", SCOPE, under("metrics", METRIC, DATA))
    ),
}
"""Path of a field to where its value stands; behind ``=`` what is shown, if not the value."""

VALUES = {
    "AnyValue.string_value": "as it is",
    "AnyValue.bool_value": "property_types bool",
    "AnyValue.int_value": "property_types int",
    "AnyValue.double_value": "property_types double",
    "AnyValue.array_value": "property_types array, as JSON",
    "AnyValue.kvlist_value": "property_types map, as JSON",
    "AnyValue.bytes_value": "property_types bytes, as base64",
    "AnyValue.string_value_strindex": "not in these signals: a place in a table of profiles",
    "KeyValue.key": "key of the map",
    "KeyValue.value": "value of the map",
    "KeyValue.key_strindex": "not in these signals: a place in a table of profiles",
    "ArrayValue.values": "elements of the JSON",
    "KeyValueList.values": "members of the JSON",
}
"""What values are made of; ``tests/assets/decode/otlp/test_types.py`` sets each."""


def paths(message: Descriptor, prefix: str = "") -> Iterator[str]:
    """Yield every path to something that is no message, or a value."""
    for field in message.fields:
        inner = field.message_type
        if inner is None or inner.name in {"KeyValue", "AnyValue"}:
            yield prefix + field.name
        else:
            yield from paths(inner, f"{prefix}{field.name}.")


def test_every_field_of_the_definitions_has_its_place() -> None:
    """
    None is forgotten, and none is named that is not there.
    """
    for signal, request in REQUESTS.items():
        assert set(paths(request.DESCRIPTOR)) == set(CATALOG[signal]), signal


def test_every_kind_of_value_has_its_place() -> None:
    """
    Also none of what values are made of.
    """
    value = KeyValue.DESCRIPTOR.fields_by_name["value"].message_type
    every = {KeyValue.DESCRIPTOR, value} | {f.message_type for f in value.fields if f.message_type}
    named = {f"{message.name}.{field.name}" for message in every for field in message.fields}
    assert named == set(VALUES)


def fill(message: Message, path: str) -> object:
    """Set the field at *path*; return its value."""
    name, _, rest = path.partition(".")
    field = message.DESCRIPTOR.fields_by_name[name]
    if rest:
        inner = getattr(message, name)
        return fill((inner[0] if len(inner) else inner.add()) if field.is_repeated else inner, rest)
    if field.message_type is not None:
        if field.is_repeated:
            getattr(message, name).add(key="key").value.int_value = -7
        else:
            getattr(message, name).int_value = -7
        return -7
    value: Any = RAW if field.type == FieldDescriptor.TYPE_BYTES else SET[field.cpp_type]
    if field.is_repeated:
        getattr(message, name).append(value)
    else:
        setattr(message, name, value)
    return value


def with_a_record(signal: str, path: str) -> Message:
    """Return a request with one record of the kind that *path* needs."""
    request = REQUESTS[signal]()
    if signal == "logs":
        request.resource_logs.add().scope_logs.add().log_records.add()
    elif signal == "traces":
        request.resource_spans.add().scope_spans.add().spans.add()
    else:
        metric = request.resource_metrics.add().scope_metrics.add().metrics.add()
        data = re.search(r"\.(sum|(exponential_)?histogram|summary)\.", path)
        getattr(metric, data[1] if data else "gauge").data_points.add()
    return request


def cells(signal: str, request: Message, place: str) -> list[object]:
    """Return what stands at *place* in the rows that have it."""
    (submission,) = split(signal, request.SerializeToString(), 2**20).submissions
    (payload,) = submission.payloads
    rows: list[dict[str, Any]] = [{"process_properties": dict(submission.process.properties)}]
    for decoder in DECODERS[signal]:
        frame = decoder.decode(bytes(payload), block())
        rows += frame.with_columns(cs.datetime().to_physical()).to_dicts()
    column, *keys = re.findall(r"[^\[\]]+", place)
    found: list[object] = []
    for row in rows:
        cell = row.get(column)
        for key in keys:
            index = int(key) if isinstance(cell, list) else key
            known = cell and (index in cell if isinstance(cell, dict) else index < len(cell))
            cell = cell[index] if cell and known else None
        found.append(cell)
    return found


@pytest.mark.parametrize(
    ("signal", "path"),
    [(signal, path) for signal, catalog in CATALOG.items() for path in catalog],
)
def test_a_field_that_is_set_is_shown(signal: str, path: str) -> None:
    """
    The value, or what the catalog says of it, stands in a row.
    """
    request = with_a_record(signal, path)
    value = fill(request, path)
    if path.endswith("negative.bucket_counts"):
        fill(request, path.replace("bucket_counts", "offset"))
    if path.endswith(("positive.offset", "negative.offset")):
        fill(request, path.replace("offset", "bucket_counts"))
    if path.endswith(".explicit_bounds"):
        fill(request, path.replace("explicit_bounds", "bucket_counts"))
    place, _, wanted = CATALOG[signal][path].partition("=")
    shown = wanted or (value.hex() if isinstance(value, bytes) else str(value))
    texts = [str(cell) for cell in cells(signal, request, place)]
    if shown.startswith("*"):
        assert any(shown.strip("*") in text for text in texts), texts
    else:
        assert shown in texts
