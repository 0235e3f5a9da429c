"""What samples, histograms and exemplars of Prometheus are in OTLP."""

import struct

import pytest
from google.protobuf.message import Message
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, ResourceMetrics

from assets.otlp_wire.wire import Malformed
from assets.prometheus_wire import limits
from assets.prometheus_wire.request import TYPES, Counts, Family
from assets.prometheus_wire.targets import host_of
from assets.prometheus_wire.translate import Translated
from tests.assets.prometheus_wire.conftest import Translate
from tests.assets.prometheus_wire.messages import (
    NOW_MS,
    STALE_BITS,
    V1,
    V2,
    Symbols,
    put_series,
    write_request,
)

STALE = struct.unpack("<d", struct.pack("<Q", STALE_BITS))[0]
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
NOW = NOW_MS * 1_000_000


def metrics_of(found: Translated, place: int = 0) -> list[Metric]:
    """Return the metrics of a resource."""
    (scope,) = ResourceMetrics.FromString(found.resources[place]).scope_metrics
    assert scope.scope.name == "prometheus"
    return list(scope.metrics)


def texts(attributes) -> dict[str, str]:
    """Return attributes that are texts."""
    return {one.key: one.value.string_value for one in attributes}


def test_each_job_and_instance_is_a_resource(translated: Translate) -> None:
    """
    In the order in which they come; what is neither name, job nor instance is an attribute.
    """
    found = translated(
        write_request(
            ({"__name__": "up", "instance": "a:9100", "job": "node"}, [(1, NOW_MS)]),
            ({"__name__": "up", "instance": "b:9100", "job": "node"}, [(0, NOW_MS)]),
            ({"__name__": "up", "instance": "a:9100", "job": "node", "dc": "x"}, [(2, NOW_MS)]),
            ({"__name__": "ALERTS"}, [(1, NOW_MS)]),
        )
    )
    known = [texts(ResourceMetrics.FromString(one).resource.attributes) for one in found.resources]
    assert known == [
        {"service.name": "node", "service.instance.id": "a:9100", "host.name": "a"},
        {"service.name": "node", "service.instance.id": "b:9100", "host.name": "b"},
        {},
    ]
    points = [point for metric in metrics_of(found) for point in metric.gauge.data_points]
    assert [(point.as_double, texts(point.attributes)) for point in points] == [
        (1, {}), (2, {"dc": "x"}),
    ]  # fmt: skip
    assert {point.time_unix_nano for point in points} == {NOW}
    assert (found.written, found.refused, found.fault) == (Counts(4), Counts(), "")


@pytest.mark.parametrize(
    ("instance", "host"),
    [
        ("10.0.0.5:9100", "10.0.0.5"), ("db", "db"), ("[::1]:80", "::1"), ("::1", "::1"),
        ("https://shop.example:8443/metrics", "shop.example"), ("", ""), ("https://", ""),
    ],
)  # fmt: skip
def test_the_host_is_what_an_instance_names(
    translated: Translate, instance: str, host: str
) -> None:
    """
    Without scheme, path, port and brackets.
    """
    assert host_of(instance.encode()) == host.encode()
    found = translated(write_request(({"__name__": "up", "instance": instance}, [(1, NOW_MS)])))
    resource = ResourceMetrics.FromString(found.resources[0]).resource
    assert texts(resource.attributes).get("host.name", "") == host


@pytest.mark.parametrize(
    ("kind", "name", "field", "monotonic"),
    [
        (0, "x_total", "gauge", None), (1, "x_total", "sum", True), (1, "x_created", "gauge", None),
        (2, "x", "gauge", None), (3, "x_bucket", "sum", True), (3, "x_count", "sum", True),
        (3, "x_sum", "sum", False), (5, "x", "gauge", None), (5, "x_count", "sum", True),
        (5, "x_sum", "sum", False), (6, "x_info", "gauge", None), (7, "x", "gauge", None),
    ],
)  # fmt: skip
def test_the_type_that_was_told_decides_how_a_number_is_told(
    translated: Translate, kind: int, name: str, field: str, monotonic: bool | None
) -> None:
    """
    Nothing is guessed from a name alone: without a type even a total is only a number.
    """
    family = Family(kind, b"what it is", b"s")
    request = write_request(({"__name__": name}, [(1, NOW_MS)]))
    (metric,) = metrics_of(translated(request, {name.encode(): family}))
    assert metric.WhichOneof("data") == field
    if monotonic is not None:
        assert (metric.sum.is_monotonic, metric.sum.aggregation_temporality) == (monotonic, 2)
    assert texts(metric.metadata) == {"prometheus.type": TYPES[kind]}
    assert (metric.description, metric.unit) == ("what it is", "s")


def test_the_second_message_says_types_starts_and_symbols_itself(translated: Translate) -> None:
    """
    A start is that of the sample, else that of the series.
    """
    made = Symbols()
    labels = {"__name__": "x_total", "job": "shop", "path": "/"}
    series = made.series(labels, type=1, help="how many", unit="requests")
    series.created_timestamp = NOW_MS - 10
    series.samples.add(value=1, timestamp=NOW_MS)
    series.samples.add(value=2, timestamp=NOW_MS + 1, start_timestamp=NOW_MS - 5)
    (metric,) = metrics_of(translated(made.request))
    assert (metric.name, metric.description, metric.unit) == ("x_total", "how many", "requests")
    assert metric.sum.is_monotonic
    starts = [point.start_time_unix_nano for point in metric.sum.data_points]
    assert starts == [NOW - 10_000_000, NOW - 5_000_000]
    assert texts(metric.sum.data_points[0].attributes) == {"path": "/"}


def test_a_stale_marker_is_a_point_of_which_nothing_was_recorded(translated: Translate) -> None:
    """
    Any other NaN is a value.
    """
    samples = [(STALE, NOW_MS), (float("nan"), NOW_MS + 1)]
    (metric,) = metrics_of(translated(write_request(({"__name__": "x"}, samples))))
    stale, other = metric.gauge.data_points
    assert (stale.flags, stale.WhichOneof("value")) == (1, None)
    assert (other.flags, other.WhichOneof("value")) == (0, "as_double")


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ([("__name__", "x"), ("a", "1"), ("a", "2")], "a label stands twice"),
        ([("b", "1"), ("__name__", "x"), ("a", "2"), ("b", "3")], "a label stands twice"),
        ([("__name__", "x"), ("", "1")], "a label name is empty"),
        ([("__name__", "x")] + [(f"l{n:03}", "1") for n in range(limits.LABELS_MAX)],
         "more than REMOTE_WRITE_LABELS_MAX = 128 labels"),
    ],
)  # fmt: skip
def test_a_series_of_bad_labels_is_left_out_alone(
    translated: Translate, labels: list, reason: str
) -> None:
    """
    Its samples, histograms and exemplars are counted, the series beside it is kept.
    """
    request = write_request(({"__name__": "good"}, [(1, NOW_MS)]))
    bad = request.timeseries.add()
    for name, value in labels:
        bad.labels.add(name=name.encode(), value=value.encode())
    bad.samples.add(timestamp=NOW_MS)
    bad.histograms.add(timestamp=NOW_MS)
    bad.exemplars.add(timestamp=NOW_MS)
    found = translated(request)
    assert [metric.name for metric in metrics_of(found)] == ["good"]
    assert (found.written, found.refused) == (Counts(1), Counts(1, 1, 1))
    assert reason in found.fault


def test_labels_in_any_order_and_without_values_are_taken(translated: Translate) -> None:
    """
    Their order says nothing here, and an empty value is the same as no label.
    """
    labels = {"z": "1", "a": "2", "__name__": "x", "empty": ""}
    (metric,) = metrics_of(translated(write_request((labels, [(1, NOW_MS)]))))
    assert texts(metric.gauge.data_points[0].attributes) == {"z": "1", "a": "2"}


@pytest.mark.parametrize("ms", [0, -1, 2**63 - 1, -(2**63), (2**63 - 1) // 1_000_000 + 1])
def test_a_time_that_cannot_be_kept_is_left_out(translated: Translate, ms: int) -> None:
    """
    Rows have times between 1970 and 2262; the other samples of the series stay.
    """
    request = write_request(({"__name__": "x"}, [(1, ms), (2, NOW_MS)]))
    request.timeseries[0].exemplars.add(value=1, timestamp=ms)
    found = translated(request)
    (metric,) = metrics_of(found)
    assert [point.as_double for point in metric.gauge.data_points] == [2]
    assert (found.written, found.refused) == (Counts(1), Counts(1, 0, 1))
    assert "not between 1970 and 2262" in found.fault


def test_exemplars_belong_to_the_last_sample_and_keep_their_trace(translated: Translate) -> None:
    """
    A label that is an id becomes one; everything else is an attribute.
    """
    request = write_request(({"__name__": "x"}, [(1, NOW_MS - 1), (2, NOW_MS)]))
    exemplar = request.timeseries[0].exemplars.add(value=0.5, timestamp=NOW_MS - 1)
    for name, value in {"trace_id": TRACE, "spanID": SPAN.upper(), "user": "ann"}.items():
        exemplar.labels.add(name=name.encode(), value=value.encode())
    short = request.timeseries[0].exemplars.add(value=0.7, timestamp=NOW_MS)
    short.labels.add(name=b"trace_id", value=b"abc")
    (metric,) = metrics_of(translated(request))
    first, last = metric.gauge.data_points
    assert not first.exemplars
    whole, other = last.exemplars
    assert (whole.trace_id.hex(), whole.span_id.hex()) == (TRACE, SPAN)
    assert (whole.as_double, whole.time_unix_nano) == (0.5, NOW - 1_000_000)
    assert texts(whole.filtered_attributes) == {"user": "ann"}
    assert texts(other.filtered_attributes) == {"trace_id": "abc"}


def test_exemplars_without_a_sample_are_a_point_without_a_value(translated: Translate) -> None:
    """
    Prometheus sends them in a series of their own.
    """
    request = V1["WriteRequest"]()
    put_series(request, {"__name__": "x"}).exemplars.add(value=3, timestamp=NOW_MS)
    found = translated(request)
    (point,) = metrics_of(found)[0].gauge.data_points
    assert (point.WhichOneof("value"), point.time_unix_nano) == (None, NOW)
    assert [one.as_double for one in point.exemplars] == [3]
    assert found.written == Counts(0, 0, 1)


def native_of(request: Message, **fields) -> None:
    """Add a native histogram with two positive spans and one negative."""
    series = put_series(request, {"__name__": "latency", "path": "/"})
    told = {
        "sum": 18.4, "schema": 1, "zero_threshold": 0.001, "timestamp": NOW_MS,
        "positive_spans": [{"offset": 0, "length": 2}, {"offset": 1, "length": 2}],
        "negative_spans": [{"offset": -3, "length": 1}],
    }  # fmt: skip
    series.histograms.add(**(told | fields))


INTEGERS = {"count_int": 12, "zero_count_int": 2, "positive_deltas": [1, 1, -1, 0],
            "negative_deltas": [4]}  # fmt: skip


def test_a_native_histogram_is_an_exponential_one(translated: Translate) -> None:
    """
    Gaps are zeros; an index counts by the lower bound of its bucket, in Prometheus by the upper.
    """
    request = V1["WriteRequest"]()
    native_of(request, **INTEGERS)
    found = translated(request)
    (metric,) = metrics_of(found)
    assert metric.exponential_histogram.aggregation_temporality == 2
    (point,) = metric.exponential_histogram.data_points
    assert (point.count, point.sum, point.scale, point.zero_count) == (12, 18.4, 1, 2)
    assert (point.zero_threshold, point.time_unix_nano) == (0.001, NOW)
    assert (point.positive.offset, list(point.positive.bucket_counts)) == (-1, [1, 2, 0, 1, 1])
    assert (point.negative.offset, list(point.negative.bucket_counts)) == (-4, [4])
    assert texts(point.attributes) == {"path": "/"}
    assert found.written == Counts(0, 1, 0)


def test_counts_that_are_floats_are_rounded_and_kept_exactly_beside(translated: Translate) -> None:
    """
    Recording rules make them; OTLP's counts are integers.
    """
    request = V1["WriteRequest"]()
    native_of(request, count_float=5.5, zero_count_float=0, reset_hint=3,
              positive_counts=[1.5, 2, 0.25, 0], negative_counts=[1.75])  # fmt: skip
    (metric,) = metrics_of(translated(request))
    assert metric.exponential_histogram.aggregation_temporality == 0
    (point,) = metric.exponential_histogram.data_points
    assert (point.count, list(point.positive.bucket_counts)) == (6, [2, 2, 0, 0, 0])
    values = {one.key: one.value for one in point.attributes}
    assert values["prometheus.reset_hint"].string_value == "gauge"
    assert values["prometheus.count"].double_value == 5.5
    exact = [one.double_value for one in values["prometheus.counts"].array_value.values]
    assert exact == [0, 1.75, 0, 1.5, 2, 0, 0.25, 0, 0]


def test_custom_buckets_are_a_histogram_with_bounds(translated: Translate) -> None:
    """
    Their indexes are places among the bounds; one more is above all of them.
    """
    request = V1["WriteRequest"]()
    native_of(request, schema=-53, custom_values=[0.1, 0.5, 1], count_int=3, positive_deltas=[1, 1],
              positive_spans=[{"offset": 1, "length": 1}, {"offset": 1, "length": 1}],
              negative_spans=[])  # fmt: skip
    (metric,) = metrics_of(translated(request))
    (point,) = metric.histogram.data_points
    assert list(point.explicit_bounds) == [0.1, 0.5, 1]
    assert list(point.bucket_counts) == [0, 1, 0, 2]
    assert (point.count, point.sum) == (3, 18.4)


def test_a_stale_histogram_has_no_recorded_value(translated: Translate) -> None:
    """
    It is told by its sum.
    """
    request = V1["WriteRequest"]()
    native_of(request, sum=STALE, positive_spans=[], negative_spans=[])
    (point,) = metrics_of(translated(request))[0].exponential_histogram.data_points
    assert (point.flags, point.count, point.HasField("sum")) == (1, 0, False)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"schema": 53}, "schema"), ({"schema": -54}, "schema"), ({"timestamp": 0}, "1970"),
        ({"positive_deltas": [1]}, "do not fit"), ({"positive_deltas": [1] * 5}, "do not fit"),
        ({"positive_deltas": [1, -2, 1, 1]}, "negative"),
        ({"negative_spans": [{"offset": -(2**31), "length": 1}]}, "do not fit"),
        ({"positive_spans": [{"offset": 0, "length": 4}, {"offset": -1, "length": 0}]},
         "do not fit"),
        ({"positive_spans": [{"offset": 0, "length": 4}, {"offset": 2**31 - 1, "length": 0}]},
         "REMOTE_WRITE_BUCKETS_MAX = 65536"),
        ({"positive_spans": [{"offset": 0, "length": 4}, {"offset": 65_533, "length": 0}]},
         "REMOTE_WRITE_BUCKETS_MAX = 65536"),
        ({"count_float": float("nan")}, "no number"), ({"count_float": -1}, "negative"),
        ({"schema": -53, "custom_values": [1]}, "do not fit"),
        ({"schema": -53, "custom_values": [1.0] * 65_536}, "REMOTE_WRITE_BUCKETS_MAX"),
    ],
)  # fmt: skip
def test_a_histogram_that_cannot_be_kept_is_left_out_alone(
    translated: Translate, fields: dict, reason: str
) -> None:
    """
    Buckets that do not fit, counts below zero, gaps of billions.
    """
    request = V1["WriteRequest"]()
    native_of(request, **INTEGERS)
    native_of(request, **(INTEGERS | fields))
    found = translated(request)
    assert (found.written, found.refused) == (Counts(0, 1), Counts(0, 1))
    assert reason in found.fault
    assert found.fault_name == b"latency"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda s: s.labels_refs.append(0), "an odd number of references"),
        (lambda s: s.labels_refs.extend([0, 99]), "symbol 99 is meant where there are 2"),
        (lambda s: s.exemplars.add(labels_refs=[0, 98]), "symbol 98 is meant where there are 2"),
        (lambda s: setattr(s.metadata, "help_ref", 97), "symbol 97 is meant where there are 2"),
        (lambda s: s.MergeFromString(b"\x10\x05"), "field 2 has wire type 0, not 2"),
        (lambda s: s.samples[0].MergeFromString(b"\x08\x05"), "field 1 has wire type 0, not 1"),
    ],
)  # fmt: skip
def test_what_breaks_the_wire_format_ends_the_translation(
    translated: Translate, change, reason
) -> None:
    """
    Nothing of such a request is kept; the message says what is wrong.
    """
    made = V2["Request"](symbols=[b"", b"__name__"])
    made.timeseries.add().samples.add(value=1, timestamp=NOW_MS)
    change(made.timeseries[0])
    with pytest.raises(Malformed) as raised:
        translated(V2["Request"].FromString(made.SerializeToString()))
    assert reason in raised.value.args[0]
