"""Any push at all: both forms are the same records, nothing is lost, and nothing else breaks."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from assets.errors import LakeError
from ingest_api.loki import from_json, from_protobuf
from ingest_api.loki.as_otlp import TIME_NS_MAX, request_of
from ingest_api.loki.push import Refused
from ingest_api.otlp.split import split
from tests.ingest_api.loki.messages import NOW, in_json, message

names = st.sampled_from(["app", "job", "level", "pod", "logger", "x"])
texts = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=10)
times = st.one_of(st.integers(NOW, NOW + 9), st.integers(-(2**62), 2**64))
lines = st.tuples(times, texts, st.dictionaries(st.sampled_from(["app", "trace_id", "m"]), texts))


def some(lines: st.SearchStrategy) -> st.SearchStrategy:
    """Return pushes of these lines."""
    stream = st.tuples(st.dictionaries(names, texts), st.lists(lines, max_size=4))
    return st.lists(stream, max_size=4)


pushes = some(lines)
usual = some(st.tuples(st.integers(NOW, NOW + 9), texts, st.dictionaries(names, texts)))


def told(read, body: bytes) -> tuple[bytes, Refused]:
    """Return what a push becomes."""
    refused = Refused()
    return request_of(read(body, refused), refused, 1 << 20, 1 << 24), refused


@settings(max_examples=200, deadline=None)
@given(pushes)
def test_every_line_is_a_record_or_is_counted_as_refused(push) -> None:
    """
    From protobuf as from JSON, with the same bytes.
    """
    streams = [
        (json.dumps(labels), [line for line in lines if -(2**62) <= line[0] < 2**63])
        for labels, lines in push
    ]
    sent = [(json.loads(labels), lines) for labels, lines in streams]
    made, refused = told(from_json.streams_of, in_json(*sent))
    again, also = told(from_protobuf.streams_of, message(*sent).SerializeToString())
    assert made == again
    assert (refused.streams, refused.lines) == (also.streams, also.lines)
    found = [
        (record.time_unix_nano, record.body.string_value)
        for resource in ExportLogsServiceRequest.FromString(made).resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    ]
    stored = [
        (time, line)
        for labels, lines in sent
        if any(labels.values())
        for time, line, _ in lines
        if 0 < time <= TIME_NS_MAX
    ]
    assert sorted(found) == sorted(stored)
    assert refused.streams == sum(not any(labels.values()) for labels, _ in sent)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_body_that_something_happened_to_is_read_or_refused(data: st.DataObject) -> None:
    """
    Cut, changed, grown: only errors of ours, whatever the bytes.
    """
    push = data.draw(usual)
    forms = (
        (from_json.streams_of, in_json(*push)),
        (from_protobuf.streams_of, message(*push).SerializeToString()),
    )
    read, body = data.draw(st.sampled_from(forms))
    at = data.draw(st.integers(0, len(body)))
    cut = data.draw(st.integers(at, min(len(body), at + 4)))
    hurt = body[:at] + data.draw(st.binary(max_size=4)) + body[cut:]
    try:
        made, _ = told(read, hurt)
    except LakeError as exc:
        assert exc.http_status in {400, 413}  # noqa: PT017 - whether it raises is open
    else:
        assert split("logs", made, 1 << 20).refused == 0
