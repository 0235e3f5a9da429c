"""
A record of a CloudWatch metric stream, told as OTLP as Micromegas tells it.

A resource of such a stream says only which stream it is. It becomes one resource for each
namespace (``AWS/EC2``), which is then the service, and the stream's ARN its instance.

Rule: what is not rewritten stays as it was, byte for byte.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from assets.otlp_wire.values import Bounds, key_and_value, text_of
from assets.otlp_wire.wire import BYTES, Malformed, Payload, TooManyFields
from ingest_api.errors import MalformedBody, OverLimit
from ingest_api.firehose.old_summaries import OldForm, upgraded
from ingest_api.limits import FIREHOSE_FIELDS_MAX
from ingest_api.otlp import write
from ingest_api.otlp.identity import attributes_of

UNKNOWN_NAMESPACE = "AWS/Unknown"

_ARN = "aws.exporter.arn"
_OWN_NAME = ("service.name", "service.namespace", "host.id", "host.name", "process.pid",
             "service.instance.id")  # fmt: skip
"""A resource with one of them is somebody already and stays who it is."""

_POINT_ATTRIBUTES = {5: 7, 7: 7, 9: 9, 10: 1, 11: 7}
"""Field of a metric's data to that of the attributes in its points."""

_ONLY_IN_0_7 = {4, 6, 8}
"""Data of integers, which CloudWatch never had."""

_SUMMARY = 11


def as_otlp(record: bytes, common: Mapping[str, str]) -> bytes:
    """
    Return an ExportMetricsServiceRequest.

    Args:
        record: Such requests, each after its length as a varint.
        common: Further attributes of each resource.

    Raises:
        MalformedBody: It is something else; names the byte.
        OverLimit: It has too many resources, scopes, metrics or attributes.
    """
    if record.lstrip()[:1] == b"{":
        raise MalformedBody("JSON: set the output format of the metric stream to OpenTelemetry 1.0")
    try:
        return _told(Payload(record, FIREHOSE_FIELDS_MAX), common)
    except OldForm:
        newer = _upgraded(record)
    return _told(Payload(newer, FIREHOSE_FIELDS_MAX), common)


def _told(payload: Payload, common: Mapping[str, str]) -> bytes:
    found: list[bytes] = []
    with _as_errors_of_ours():
        for begin, end in _messages(payload):
            for field in payload.fields(begin, end):
                if field.number == 1:
                    field.check(BYTES)
                    found += _resources(payload, (field.start, field.end), common)
    return b"".join(write.with_length(1, one) for one in found)


def _upgraded(record: bytes) -> bytes:
    """Return a record of OpenTelemetry 0.7 as one of 1.0."""
    payload = Payload(record, FIREHOSE_FIELDS_MAX)
    with _as_errors_of_ours():
        messages = [upgraded(payload, bounds) for bounds in _messages(payload)]
    return b"".join(write.varint(len(one)) + one for one in messages)


@contextmanager
def _as_errors_of_ours() -> Iterator[None]:
    try:
        yield
    except TooManyFields as exc:
        limit = FIREHOSE_FIELDS_MAX
        raise OverLimit("firehose_fields_max", limit, "deliver smaller records") from exc
    except Malformed as exc:
        reason, offset = exc.args
        raise MalformedBody(f"byte {offset}: {reason}") from exc


def _messages(payload: Payload) -> Iterator[Bounds]:
    """Yield where the messages stand, each of which has its length before it."""
    at, size = 0, len(payload.data)
    while at < size:
        length, begin = payload.varint(at, size, "the length of a message")
        if length > size - begin:
            raise Malformed(f"a message has {length} bytes where {size - begin} are left", at)
        yield begin, begin + length
        at = begin + length


def _resources(payload: Payload, bounds: Bounds, common: Mapping[str, str]) -> Iterator[bytes]:
    """Yield what a ResourceMetrics becomes: itself, or one for each namespace."""
    resource: Bounds = (0, 0)
    scopes: list[Bounds] = []
    rest = b""
    for field in payload.fields(*bounds):
        field.check(BYTES)
        if field.number == 1:
            resource = field.start, field.end
        elif field.number == 2:
            scopes.append((field.start, field.end))
        else:
            rest += payload.data[field.at : field.end]
    attributes = attributes_of(payload, resource)
    if attributes.get(_ARN, "").strip() and not any(
        attributes.get(key, "").strip() for key in _OWN_NAME
    ):
        for namespace, metrics in _by_namespace(payload, scopes):
            changes = {
                "service.instance.id": attributes[_ARN],
                "service.name": namespace,
                **({"service.namespace": ""} if "service.namespace" in attributes else {}),
            }
            yield _resource(payload, resource, changes, common) + metrics + rest
    else:
        whole = b"".join(write.with_length(2, payload.data[slice(*scope)]) for scope in scopes)
        yield _resource(payload, resource, {}, common) + whole + rest


def _resource(
    payload: Payload, bounds: Bounds, changes: Mapping[str, str], common: Mapping[str, str]
) -> bytes:
    """Return field 1 of a ResourceMetrics, with values changed in their place or put at the end."""
    left = dict(changes)
    parts, rest, seen = [], b"", set()
    for field in payload.fields(*bounds):
        data = payload.data[field.at : field.end]
        if field.number != 1:
            rest += data
            continue
        field.check(BYTES)
        key = payload.text(*key_and_value(payload, (field.start, field.end))[0])
        seen.add(key)
        if key in left:
            data = write.attributes(1, [(key, left.pop(key))])
        parts.append(data)
    more = left | {key: text for key, text in common.items() if key not in seen | set(changes)}
    return write.with_length(1, b"".join(parts) + write.attributes(1, more.items()) + rest)


def _by_namespace(payload: Payload, scopes: list[Bounds]) -> Iterator[tuple[str, bytes]]:
    """Yield the namespaces, sorted, in the case that was seen first, with their ScopeMetrics."""
    names: dict[str, str] = {}
    scoped: dict[str, list[bytes]] = {}
    for bounds in scopes:
        scope = rest = b""
        metrics: dict[str, list[bytes]] = {}
        for field in payload.fields(*bounds):
            field.check(BYTES)
            data = payload.data[field.at : field.end]
            if field.number == 1:
                scope = data
            elif field.number == 2:
                namespace = _namespace(payload, (field.start, field.end))
                key = _lowered(namespace)
                names.setdefault(key, namespace)
                metrics.setdefault(key, []).append(data)
            else:
                rest += data
        for key, parts in metrics.items():
            scoped.setdefault(key, []).append(write.with_length(2, b"".join((scope, *parts, rest))))
    for key in sorted(scoped):
        yield names[key] or UNKNOWN_NAMESPACE, b"".join(scoped[key])


def _namespace(payload: Payload, metric: Bounds) -> str:
    """Return the attribute Namespace of a metric's first point, empty if there is none."""
    points, attributes_in = (0, 0), 0
    for field in payload.fields(*metric):
        if field.number in _ONLY_IN_0_7:
            wanted = "set the output format of the metric stream to OpenTelemetry 1.0"
            raise Malformed(f"field {field.number}, which is OpenTelemetry 0.7: {wanted}", field.at)
        if field.number in _POINT_ATTRIBUTES:
            field.check(BYTES)
            points, attributes_in = (field.start, field.end), field.number
    for point in payload.fields(*points):
        if point.number != 1:
            continue
        point.check(BYTES)
        for field in payload.fields(point.start, point.end):
            if field.number == 1 and attributes_in == _SUMMARY:
                raise OldForm
            if field.number == _POINT_ATTRIBUTES[attributes_in]:
                field.check(BYTES)
                key, value = key_and_value(payload, (field.start, field.end))
                if payload.text(*key) == "Namespace":
                    return text_of(payload, value).strip()
        break
    return ""


def _lowered(text: str) -> str:
    """Return the text with its ASCII letters in lower case."""
    return "".join(c.lower() if c.isascii() else c for c in text)
