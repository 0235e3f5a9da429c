"""A push in protobuf: Loki's PushRequest, whose labels are text of a syntax of their own."""

from collections.abc import Iterator

from assets.otlp_wire.values import Bounds
from assets.otlp_wire.wire import BYTES, VARINT, Malformed, Payload, int32, int64
from ingest_api.errors import MalformedBody
from ingest_api.loki.labels import MalformedLabels, parse_labels
from ingest_api.loki.push import NO_LABELS, Entry, Refused, Stream, check_labels, check_streams
from ingest_api.loki.quick_entry import quick_entry

_NS = 1_000_000_000


def streams_of(body: bytes, refused: Refused) -> Iterator[Stream]:
    """
    Yield the streams of a push; those that cannot be stored are counted in *refused*.

    Raises:
        MalformedBody: It breaks the wire format; the message names the byte.
        OverLimit: It has too many streams.
    """
    payload = Payload(body)
    count = labels_bytes = 0
    try:
        for field in payload.fields(0, len(body)):
            if field.number != 1:
                continue
            field.check(BYTES)
            count += 1
            check_streams(count)
            bounds = field.start, field.end
            begin, end = _labels(payload, bounds)
            labels_bytes += end - begin
            check_labels(labels_bytes)
            text = payload.text(begin, end)
            try:
                labels = parse_labels(text)
            except MalformedLabels as exc:
                reason, at = exc.args
                refused.stream(f"position {at} of the labels {text[:200]}: {reason}")
                continue
            if labels:
                yield Stream(labels, _entries(payload, bounds))
            else:
                refused.stream(NO_LABELS)
    except Malformed as exc:
        raise _malformed(exc) from exc


def _labels(payload: Payload, stream: Bounds) -> Bounds:
    """Return where the labels of a stream stand; they may come after its lines."""
    found = (0, 0)
    for field in payload.fields(*stream):
        if field.number == 1:
            field.check(BYTES)
            found = field.start, field.end
    return found


def _entries(payload: Payload, stream: Bounds) -> Iterator[Entry]:
    try:
        for field in payload.fields(*stream):
            if field.number == 2:
                field.check(BYTES)
                yield _entry(payload, (field.start, field.end))
    except Malformed as exc:
        raise _malformed(exc) from exc


def _entry(payload: Payload, entry: Bounds) -> Entry:
    """Return a line; nearly all are written in a way that is read in one pass."""
    return quick_entry(payload.data, *entry) or walked_entry(payload, entry)


def walked_entry(payload: Payload, entry: Bounds) -> Entry:
    """Return a line, field by field."""
    time, line = 0, b""
    metadata: list[tuple[str, str]] = []
    for field in payload.fields(*entry):
        if field.number > 3:
            continue
        field.check(BYTES)
        if field.number == 1:
            time = _time(payload, (field.start, field.end))
        elif field.number == 2:
            line = payload.data[field.start : field.end]
        else:
            metadata.append(_pair(payload, (field.start, field.end)))
    return time, line, tuple(metadata)


def _time(payload: Payload, timestamp: Bounds) -> int:
    seconds = nanos = 0
    for field in payload.fields(*timestamp):
        if field.number == 1:
            field.check(VARINT)
            seconds = int64(field.value)
        elif field.number == 2:
            field.check(VARINT)
            nanos = int32(field.value)
    return seconds * _NS + nanos


def _pair(payload: Payload, pair: Bounds) -> tuple[str, str]:
    name = value = ""
    for field in payload.fields(*pair):
        if field.number in {1, 2}:
            field.check(BYTES)
            text = payload.text(field.start, field.end)
            name, value = (text, value) if field.number == 1 else (name, text)
    return name, value


def _malformed(exc: Malformed) -> MalformedBody:
    reason, offset = exc.args
    return MalformedBody(f"byte {offset} of the push: {reason}")
