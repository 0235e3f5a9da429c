"""
The messages of OTLP as JSON names them: name of a member to field number and kind.

A kind is a scalar (``hex`` is bytes that JSON has in hexadecimal), an enumeration or the name of a
message; ``*`` before it is a list, ``?`` a member that is kept though it has the default value, and
``|`` one that is kept too, of which a message has at most one. `_native/json_schema.c` has the same
table, and a test compares them.
"""

from collections.abc import Mapping

Members = Mapping[str, tuple[int, str]]

_SCOPED: Members = {"scope": (1, "Scope"), "schemaUrl": (3, "string")}
_RESOURCE: Members = {"resource": (1, "Resource"), "schemaUrl": (3, "string")}
_TIMES: Members = {"startTimeUnixNano": (2, "fixed64"), "timeUnixNano": (3, "fixed64")}
_DROPPED = "uint32"
_TEMPORALITY = "AggregationTemporality"

MESSAGES: Mapping[str, Members] = {
    "logs": {"resourceLogs": (1, "*ResourceLogs")},
    "metrics": {"resourceMetrics": (1, "*ResourceMetrics")},
    "traces": {"resourceSpans": (1, "*ResourceSpans")},
    "ResourceLogs": {**_RESOURCE, "scopeLogs": (2, "*ScopeLogs")},
    "ResourceMetrics": {**_RESOURCE, "scopeMetrics": (2, "*ScopeMetrics")},
    "ResourceSpans": {**_RESOURCE, "scopeSpans": (2, "*ScopeSpans")},
    "ScopeLogs": {**_SCOPED, "logRecords": (2, "*LogRecord")},
    "ScopeMetrics": {**_SCOPED, "metrics": (2, "*Metric")},
    "ScopeSpans": {**_SCOPED, "spans": (2, "*Span")},
    "Resource": {
        "attributes": (1, "*KeyValue"),
        "droppedAttributesCount": (2, _DROPPED),
        "entityRefs": (3, "*EntityRef"),
    },
    "EntityRef": {
        "schemaUrl": (1, "string"),
        "type": (2, "string"),
        "idKeys": (3, "*string"),
        "descriptionKeys": (4, "*string"),
    },
    "Scope": {
        "name": (1, "string"),
        "version": (2, "string"),
        "attributes": (3, "*KeyValue"),
        "droppedAttributesCount": (4, _DROPPED),
    },
    "KeyValue": {
        "key": (1, "string"),
        "value": (2, "AnyValue"),
        "keyStrindex": (3, "int32"),
    },
    "AnyValue": {
        "stringValue": (1, "|string"),
        "boolValue": (2, "|bool"),
        "intValue": (3, "|int64"),
        "doubleValue": (4, "|double"),
        "arrayValue": (5, "|ArrayValue"),
        "kvlistValue": (6, "|KeyValueList"),
        "bytesValue": (7, "|bytes"),
        "stringValueStrindex": (8, "|int32"),
    },
    "ArrayValue": {"values": (1, "*AnyValue")},
    "KeyValueList": {"values": (1, "*KeyValue")},
    "LogRecord": {
        "timeUnixNano": (1, "fixed64"),
        "severityNumber": (2, "SeverityNumber"),
        "severityText": (3, "string"),
        "body": (5, "AnyValue"),
        "attributes": (6, "*KeyValue"),
        "droppedAttributesCount": (7, _DROPPED),
        "flags": (8, "fixed32"),
        "traceId": (9, "hex"),
        "spanId": (10, "hex"),
        "observedTimeUnixNano": (11, "fixed64"),
        "eventName": (12, "string"),
    },
    "Span": {
        "traceId": (1, "hex"),
        "spanId": (2, "hex"),
        "traceState": (3, "string"),
        "parentSpanId": (4, "hex"),
        "name": (5, "string"),
        "kind": (6, "SpanKind"),
        "startTimeUnixNano": (7, "fixed64"),
        "endTimeUnixNano": (8, "fixed64"),
        "attributes": (9, "*KeyValue"),
        "droppedAttributesCount": (10, _DROPPED),
        "events": (11, "*Event"),
        "droppedEventsCount": (12, _DROPPED),
        "links": (13, "*Link"),
        "droppedLinksCount": (14, _DROPPED),
        "status": (15, "Status"),
        "flags": (16, "fixed32"),
    },
    "Event": {
        "timeUnixNano": (1, "fixed64"),
        "name": (2, "string"),
        "attributes": (3, "*KeyValue"),
        "droppedAttributesCount": (4, _DROPPED),
    },
    "Link": {
        "traceId": (1, "hex"),
        "spanId": (2, "hex"),
        "traceState": (3, "string"),
        "attributes": (4, "*KeyValue"),
        "droppedAttributesCount": (5, _DROPPED),
        "flags": (6, "fixed32"),
    },
    "Status": {"message": (2, "string"), "code": (3, "StatusCode")},
    "Metric": {
        "name": (1, "string"),
        "description": (2, "string"),
        "unit": (3, "string"),
        "gauge": (5, "|Gauge"),
        "sum": (7, "|Sum"),
        "histogram": (9, "|Histogram"),
        "exponentialHistogram": (10, "|ExponentialHistogram"),
        "summary": (11, "|Summary"),
        "metadata": (12, "*KeyValue"),
    },
    "Gauge": {"dataPoints": (1, "*NumberPoint")},
    "Sum": {
        "dataPoints": (1, "*NumberPoint"),
        "aggregationTemporality": (2, _TEMPORALITY),
        "isMonotonic": (3, "bool"),
    },
    "Histogram": {
        "dataPoints": (1, "*HistogramPoint"),
        "aggregationTemporality": (2, _TEMPORALITY),
    },
    "ExponentialHistogram": {
        "dataPoints": (1, "*ExponentialPoint"),
        "aggregationTemporality": (2, _TEMPORALITY),
    },
    "Summary": {"dataPoints": (1, "*SummaryPoint")},
    "NumberPoint": {
        **_TIMES,
        "asDouble": (4, "|double"),
        "exemplars": (5, "*Exemplar"),
        "asInt": (6, "|sfixed64"),
        "attributes": (7, "*KeyValue"),
        "flags": (8, "uint32"),
    },
    "HistogramPoint": {
        **_TIMES,
        "count": (4, "fixed64"),
        "sum": (5, "?double"),
        "bucketCounts": (6, "*fixed64"),
        "explicitBounds": (7, "*double"),
        "exemplars": (8, "*Exemplar"),
        "attributes": (9, "*KeyValue"),
        "flags": (10, "uint32"),
        "min": (11, "?double"),
        "max": (12, "?double"),
    },
    "ExponentialPoint": {
        **_TIMES,
        "attributes": (1, "*KeyValue"),
        "count": (4, "fixed64"),
        "sum": (5, "?double"),
        "scale": (6, "sint32"),
        "zeroCount": (7, "fixed64"),
        "positive": (8, "Buckets"),
        "negative": (9, "Buckets"),
        "flags": (10, "uint32"),
        "exemplars": (11, "*Exemplar"),
        "min": (12, "?double"),
        "max": (13, "?double"),
        "zeroThreshold": (14, "double"),
    },
    "Buckets": {"offset": (1, "sint32"), "bucketCounts": (2, "*uint64")},
    "SummaryPoint": {
        **_TIMES,
        "count": (4, "fixed64"),
        "sum": (5, "double"),
        "quantileValues": (6, "*Quantile"),
        "attributes": (7, "*KeyValue"),
        "flags": (8, "uint32"),
    },
    "Quantile": {"quantile": (1, "double"), "value": (2, "double")},
    "Exemplar": {
        "timeUnixNano": (2, "fixed64"),
        "asDouble": (3, "|double"),
        "spanId": (4, "hex"),
        "traceId": (5, "hex"),
        "asInt": (6, "|sfixed64"),
        "filteredAttributes": (7, "*KeyValue"),
    },
}
"""Message name to its members; the three requests go by their signal."""

_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")

ENUMS: Mapping[str, tuple[str, ...]] = {
    "SeverityNumber": (
        "SEVERITY_NUMBER_UNSPECIFIED",
        *(f"SEVERITY_NUMBER_{level}{nth}" for level in _LEVELS for nth in ("", "2", "3", "4")),
    ),
    "SpanKind": tuple(f"SPAN_KIND_{kind}" for kind in _KINDS),
    "StatusCode": ("STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"),
    "AggregationTemporality": (
        "AGGREGATION_TEMPORALITY_UNSPECIFIED",
        "AGGREGATION_TEMPORALITY_DELTA",
        "AGGREGATION_TEMPORALITY_CUMULATIVE",
    ),
}
"""Enumeration to the names of its numbers, from 0 on."""
