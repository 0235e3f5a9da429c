"""Metric streams of CloudWatch through Firehose: every point is measures of its namespace."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from assets.errors import LakeError
from ingest_api import limits
from ingest_api.errors import MalformedBody, OverLimit
from ingest_api.firehose import metric_streams
from ingest_api.firehose.metric_streams import as_otlp
from ingest_api.firehose.routes import METRICS
from ingest_api.otlp import write
from ingest_api.otlp.identity import process_id
from tests.assets.decode.otlp.messages import MESSAGES
from tests.ingest_api.firehose.deliveries import ARN, deliver, exported, streamed

CPU, PUTS, ODD = "amazonaws.com/AWS/EC2/CPU", "amazonaws.com/AWS/S3/Puts", "odd"


def told(record: bytes, **common: str) -> ExportMetricsServiceRequest:
    """Return what a record becomes."""
    return ExportMetricsServiceRequest.FromString(as_otlp(record, common))


def named(request: ExportMetricsServiceRequest) -> list[tuple[str, list[str]]]:
    """Return services with the names of their metrics."""
    found = []
    for resource in request.resource_metrics:
        known = {one.key: one.value.string_value for one in resource.resource.attributes}
        names = [m.name for scope in resource.scope_metrics for m in scope.metrics]
        found.append((known.get("service.name", ""), names))
    return found


def test_every_point_is_measures_of_its_namespace(receiver) -> None:
    """
    Count, sum, least, greatest and percentile; the dimensions are properties.
    """
    record = streamed(exported({CPU: "AWS/EC2", PUTS: "AWS/S3"}), exported({"late": "AWS/EC2"}))
    for _ in range(2):
        answer = deliver(receiver, METRICS, [record])
        assert (answer.status_code, answer.json()["requestId"]) == (200, "a-request")
    rows = receiver.view("measures")
    assert sorted((row["exe"], row["name"], row["value"]) for row in rows) == sorted(
        (exe, f"{name}{ending}", value)
        for exe, name in (("AWS/EC2", CPU), ("AWS/EC2", "late"), ("AWS/S3", PUTS))
        for ending, value in (("_count", 4), ("_sum", 10), ("_min", 1), ("_max", 4), ("", 3.9))
    )
    assert {row["properties"]["Dimensions"] for row in rows} == {'{"InstanceId":"i-1"}'}
    assert receiver.metric("limnograph_ingest_duplicate_blocks_total") == 3
    found = receiver.rows("SELECT process_id::text, properties FROM processes WHERE exe = 'AWS/S3'")
    assert found == [
        (
            process_id({"service.name": "AWS/S3", "service.instance.id": ARN}),
            {
                "otel.resource.cloud.provider": "aws",
                "otel.resource.cloud.region": "us-east-1",
                "otel.resource.aws.exporter.arn": ARN,
                "otel.resource.service.instance.id": ARN,
                "otel.resource.service.name": "AWS/S3",
            },
        )
    ]


def test_namespaces_are_told_apart_without_case_and_sorted() -> None:
    """
    The case that comes first is kept; without one it is AWS/Unknown, which comes first.
    """
    metrics = {"a": "My/App", "b": "AWS/S3", "c": "MY/app", "d": None, "e": "  ", "f": " AWS/S3 "}
    assert named(told(streamed(exported(metrics)))) == [
        ("AWS/Unknown", ["d", "e"]), ("AWS/S3", ["b", "f"]), ("My/App", ["a", "c"]),
    ]  # fmt: skip


def test_scopes_stay_scopes_and_attributes_stay_in_place() -> None:
    """
    What is there already is changed in its place, even if it is empty; the rest is as it was.
    """
    request = exported(
        {"a": "A", "b": "B"},
        {"service.namespace": " ", "aws.exporter.arn": ARN, "service.name": "", "x": "y"},
    )
    resource = request.resource_metrics[0]
    resource.schema_url = "https://resource"
    resource.resource.dropped_attributes_count = 3
    resource.scope_metrics[0].scope.name = "first"
    resource.scope_metrics[0].schema_url = "https://scope"
    resource.scope_metrics.add().CopyFrom(resource.scope_metrics[0])
    resource.scope_metrics[1].scope.name = "second"
    first, second = told(streamed(request)).resource_metrics
    assert [(one.key, one.value.string_value) for one in first.resource.attributes] == [
        ("service.namespace", ""), ("aws.exporter.arn", ARN), ("service.name", "A"), ("x", "y"),
        ("service.instance.id", ARN),
    ]  # fmt: skip
    assert first.resource.dropped_attributes_count == 3
    assert first.schema_url == second.schema_url == "https://resource"
    assert [(s.scope.name, s.schema_url, len(s.metrics)) for s in second.scope_metrics] == [
        ("first", "https://scope", 1), ("second", "https://scope", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "own", ["service.name", "service.namespace", "host.id", "host.name", "process.pid",
            "service.instance.id"]
)  # fmt: skip
def test_a_resource_that_is_somebody_stays_who_it_is(own: str) -> None:
    """
    Firehose also carries what no metric stream made.
    """
    request = exported({"a": "A", "b": "B"}, {"aws.exporter.arn": ARN, own: "me"})
    assert as_otlp(streamed(request), {}) == request.SerializeToString()


def test_a_resource_without_an_arn_stays_as_it_is() -> None:
    """
    Only the streams of CloudWatch are split.
    """
    request = exported({"a": "A", "b": "B"}, {"aws.exporter.arn": " "})
    assert as_otlp(streamed(request), {}) == request.SerializeToString()


def test_what_a_record_becomes_is_what_protobuf_would_write() -> None:
    """
    Ids are those of the same records anywhere.
    """
    made = as_otlp(streamed(exported({"a": "A", "b": "B"})), {})
    assert ExportMetricsServiceRequest.FromString(made).SerializeToString() == made


def test_common_attributes_are_added_behind_what_is_there() -> None:
    """
    The resource's own win.
    """
    request = told(streamed(exported({"a": "A"})), team="shop", **{"cloud.region": "no"})
    known = {
        one.key: one.value.string_value for one in request.resource_metrics[0].resource.attributes
    }
    assert (known["team"], known["cloud.region"]) == ("shop", "us-east-1")


def as_of_0_7(request: ExportMetricsServiceRequest) -> bytes:
    """Return a record in which the attributes of points are labels, which are texts."""
    old = ExportMetricsServiceRequest()
    old.CopyFrom(request)
    for resource in old.resource_metrics:
        for metric in (m for scope in resource.scope_metrics for m in scope.metrics):
            for point in metric.summary.data_points:
                for one in point.attributes:
                    key, value = one.key.encode(), one.value.string_value.encode()
                    label = write.with_length(1, key) + write.with_length(2, value)
                    point.MergeFromString(write.with_length(1, label))
                del point.attributes[:]
    return streamed(old)


def test_a_stream_of_opentelemetry_0_7_becomes_the_same() -> None:
    """
    The older output format, which many streams still have.
    """
    request = exported({CPU: "AWS/EC2", PUTS: "AWS/S3"})
    for metric in request.resource_metrics[0].scope_metrics[0].metrics:
        del metric.summary.data_points[0].attributes[2:]  # dimensions are labels of their own there
    record = as_of_0_7(request)
    assert record != streamed(request)
    assert told(record) == told(streamed(request))


def old_sum() -> bytes:
    """Return a record of OpenTelemetry 0.7, in which field 6 of a metric is a sum of integers."""
    request = exported({"a": "A"})
    request.resource_metrics[0].scope_metrics[0].metrics[0].MergeFromString(b"\x32\x00")
    return streamed(request)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b'{"metric_stream_name": "all"}', "JSON: set the output format"),
        (old_sum(), "byte [0-9]+: field 6, which is OpenTelemetry 0.7: set the output format"),
        (as_of_0_7(exported({"a": "A"})) + b"\x05ab", "byte [0-9]+: a message has 5 bytes"),
        (b"\x05ab", "byte 0: a message has 5 bytes where 2 are left"),
        (b"\x80", "byte 0: the length of a message is cut off"),
        (b"\x02\x0a\x07", "byte 1: field 1 has 7 bytes where 0 are left"),
        (b"\x02\x08\x01", "byte 1: field 1 has wire type 0"),
        (b"\x04\x0a\x02\x08\x01", "byte 3: field 1 has wire type 0"),
    ],
)
def test_a_record_that_is_wrong_is_refused_with_the_byte(record: bytes, reason: str) -> None:
    """
    Other formats of metric streams are told what to set.
    """
    with pytest.raises(MalformedBody, match=reason):
        as_otlp(record, {})


def test_more_fields_than_are_read_are_over_a_limit(monkeypatch) -> None:
    """
    They are looked at one by one.
    """
    monkeypatch.setattr(metric_streams, "FIREHOSE_FIELDS_MAX", 100)
    assert limits.FIREHOSE_FIELDS_MAX > 100
    with pytest.raises(OverLimit, match="firehose_fields_max = 100"):
        as_otlp(streamed(exported({f"m{n}": "A" for n in range(50)})), {})


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(MESSAGES["points"], max_size=2), st.lists(MESSAGES["histograms"], max_size=2))
def test_any_metrics_are_all_there_afterwards(points: list, histograms: list) -> None:
    """
    However a stream is split, each metric is in one of its resources, as it was.
    """
    request = ExportMetricsServiceRequest(resource_metrics=[*points, *histograms])
    for resource in request.resource_metrics:
        resource.resource.Clear()
        resource.resource.attributes.add(key="aws.exporter.arn").value.string_value = ARN
    made = told(streamed(request))
    before, after = (
        sorted(
            metric.SerializeToString(deterministic=True)
            for resource in one.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        )
        for one in (request, made)
    )
    assert before == after


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_record_that_something_happened_to_is_read_or_refused(data: st.DataObject) -> None:
    """
    Cut, changed, grown: only errors of ours.
    """
    form = data.draw(st.sampled_from([streamed, as_of_0_7]))
    record = form(exported({CPU: "AWS/EC2", PUTS: None, ODD: "AWS/S3"}))
    at = data.draw(st.integers(0, len(record)))
    cut = data.draw(st.integers(at, min(len(record), at + 4)))
    hurt = record[:at] + data.draw(st.binary(max_size=4)) + record[cut:]
    try:
        as_otlp(hurt, {})
    except LakeError as exc:
        assert exc.http_status in {400, 413}  # noqa: PT017 - whether it raises is open
