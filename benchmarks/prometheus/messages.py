"""
Remote write's two messages as classes of protobuf, defined here from the specification.

Tests and benchmarks write with them, so that our reading of the wire is judged by somebody else's
writing.
"""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

_TYPES = descriptor_pb2.FieldDescriptorProto
_KINDS = {
    "double": _TYPES.TYPE_DOUBLE,
    "int64": _TYPES.TYPE_INT64,
    "uint64": _TYPES.TYPE_UINT64,
    "uint32": _TYPES.TYPE_UINT32,
    "int32": _TYPES.TYPE_INT32,
    "sint32": _TYPES.TYPE_SINT32,
    "sint64": _TYPES.TYPE_SINT64,
    "bytes": _TYPES.TYPE_BYTES,
}

_HISTOGRAM = {
    1: "count|count_int uint64", 2: "count|count_float double", 3: "sum double",
    4: "schema sint32", 5: "zero_threshold double", 6: "zero|zero_count_int uint64",
    7: "zero|zero_count_float double", 8: "negative_spans BucketSpan*",
    9: "negative_deltas sint64*", 10: "negative_counts double*", 11: "positive_spans BucketSpan*",
    12: "positive_deltas sint64*", 13: "positive_counts double*", 14: "reset_hint int32",
    15: "timestamp int64", 16: "custom_values double*",
}  # fmt: skip
_SPAN = {1: "offset sint32", 2: "length uint32"}

_FIRST = {
    "WriteRequest": {1: "timeseries TimeSeries*", 3: "metadata MetricMetadata*"},
    "MetricMetadata": {1: "type int32", 2: "metric_family_name bytes", 4: "help bytes",
                       5: "unit bytes"},
    "TimeSeries": {1: "labels Label*", 2: "samples Sample*", 3: "exemplars Exemplar*",
                   4: "histograms Histogram*"},
    "Label": {1: "name bytes", 2: "value bytes"},
    "Sample": {1: "value double", 2: "timestamp int64"},
    "Exemplar": {1: "labels Label*", 2: "value double", 3: "timestamp int64"},
    "Histogram": _HISTOGRAM,
    "BucketSpan": _SPAN,
}  # fmt: skip
_SECOND = {
    "Request": {4: "symbols bytes*", 5: "timeseries TimeSeries*"},
    "TimeSeries": {1: "labels_refs uint32*", 2: "samples Sample*", 3: "histograms Histogram*",
                   4: "exemplars Exemplar*", 5: "metadata Metadata", 6: "created_timestamp int64"},
    "Metadata": {1: "type int32", 3: "help_ref uint32", 4: "unit_ref uint32"},
    "Sample": {1: "value double", 2: "timestamp int64", 3: "start_timestamp int64"},
    "Exemplar": {1: "labels_refs uint32*", 2: "value double", 3: "timestamp int64"},
    "Histogram": _HISTOGRAM | {17: "start_timestamp int64"},
    "BucketSpan": _SPAN,
}  # fmt: skip


def classes(package: str, messages: dict[str, dict[int, str]]) -> dict[str, type[Message]]:
    """Return the classes of messages that are told as {number: "name type"}; * is repeated."""
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{package}.proto", package=package, syntax="proto3"
    )
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        choices: list[str] = []
        for number, told in fields.items():
            choice, _, plainly = told.rpartition("|")
            field, kind = plainly.split(" ")
            added = message.field.add(name=field, number=number, label=_TYPES.LABEL_OPTIONAL)
            if kind.endswith("*"):
                added.label = _TYPES.LABEL_REPEATED
            if (plain := kind.rstrip("*")) in _KINDS:
                added.type = _KINDS[plain]
            else:
                added.type, added.type_name = _TYPES.TYPE_MESSAGE, f".{package}.{plain}"
            if choice:
                if choice not in choices:
                    choices.append(choice)
                    message.oneof_decl.add(name=choice)
                added.oneof_index = choices.index(choice)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}"))
        for name in messages
    }


V1 = classes("prometheus.first", _FIRST)
V2 = classes("prometheus.second", _SECOND)
