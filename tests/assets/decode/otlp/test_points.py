"""Gauges, sums and summaries of OTLP as rows."""

import json

from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, ResourceMetrics

from assets.decode.otlp.points import POINTS
from assets.decode.rows import METRIC_ROWS
from tests.assets.decode.otlp.messages import NOW, block

TRACE, SPAN = bytes(range(16)), bytes(range(8))


def rows(*metrics: Metric) -> list[dict[str, object]]:
    """Return the rows of metrics of one scope."""
    message = ResourceMetrics()
    scope = message.scope_metrics.add()
    scope.scope.name, scope.scope.version = "shop", "1.2"
    scope.metrics.extend(metrics)
    found = POINTS.decode(message.SerializeToString(), block(begin_ns=5))
    assert found.schema == METRIC_ROWS
    return found.to_dicts()


def test_a_gauge_has_a_row_for_each_point() -> None:
    """
    Integers become floats; scope and kind are known; a missing time is the block's.
    """
    metric = Metric(name="queue", unit="{job}")
    point = metric.gauge.data_points.add(time_unix_nano=NOW, as_int=7)
    point.attributes.add(key="q").value.string_value = "mail"
    metric.gauge.data_points.add(as_double=0.5)
    first, second = rows(metric)
    assert first | {"time": 0} == {
        "time": 0,
        "target": "shop",
        "name": "queue",
        "unit": "{job}",
        "value": 7.0,
        "properties": {
            "q": "mail",
            "otel.scope.version": "1.2",
            "otel.metric.kind": "gauge",
            "otel.metric.value_type": "int",
        },
        "property_types": None,
    }
    assert second["value"] == 0.5
    assert second["time"].timestamp() == 0


def test_a_sum_says_how_it_is_to_be_added_up() -> None:
    """
    Temporality, whether it only rises, since when it counts, and exemplars with their ids.
    """
    metric = Metric(name="bytes")
    metric.sum.aggregation_temporality, metric.sum.is_monotonic = 2, True
    point = metric.sum.data_points.add(start_time_unix_nano=3, as_int=2**40)
    exemplar = point.exemplars.add(as_double=1.5, time_unix_nano=9, trace_id=TRACE, span_id=SPAN)
    exemplar.filtered_attributes.add(key="n").value.int_value = 4
    (found,) = rows(metric)
    properties = found["properties"]
    assert json.loads(properties.pop("otel.exemplars")) == [
        {"time": 9, "value": 1.5, "trace_id": TRACE.hex(), "span_id": SPAN.hex(),
         "attributes": {"n": 4}}
    ]  # fmt: skip
    assert properties == {
        "otel.scope.version": "1.2",
        "otel.metric.kind": "sum",
        "otel.metric.aggregation_temporality": "2",
        "otel.metric.is_monotonic": "true",
        "otel.metric.start_time_unix_nano": "3",
        "otel.metric.time_unix_nano": "0",
        "otel.metric.value_type": "int",
    }
    assert found["value"] == 2.0**40


def test_a_point_without_a_value_is_a_row_without_one() -> None:
    """
    Nothing sent is left out: NULL is passed over by every aggregate, and still can be counted.
    """
    metric = Metric(name="gone")
    metric.gauge.data_points.add(time_unix_nano=NOW)
    metric.gauge.data_points.add(as_double=3.0, flags=1)
    assert [row["value"] for row in rows(metric)] == [None, None]


def test_a_summary_has_rows_for_count_sum_and_quantiles() -> None:
    """
    Least and greatest value have names of their own, every other quantile says which it is.
    """
    metric = Metric(name="latency", unit="ms")
    point = metric.summary.data_points.add(count=9, sum=12.5)
    point.attributes.add(key="route").value.string_value = "/pay"
    for quantile, value in ((0.0, 1.0), (0.99, 7.0), (1.0, 8.0)):
        point.quantile_values.add(quantile=quantile, value=value)
    found = rows(metric)
    assert [(row["name"], row["unit"], row["value"]) for row in found] == [
        ("latency_count", "", 9.0),
        ("latency_sum", "ms", 12.5),
        ("latency_min", "ms", 1.0),
        ("latency", "ms", 7.0),
        ("latency_max", "ms", 8.0),
    ]
    assert {row["properties"]["route"] for row in found} == {"/pay"}
    assert [row["properties"].get("quantile") for row in found] == [None] * 3 + ["0.99", None]


def test_histograms_are_left_to_their_own_view() -> None:
    """
    A histogram is no number.
    """
    metric = Metric(name="h")
    metric.histogram.data_points.add(count=1)
    assert rows(metric) == []


def test_a_number_of_which_nobody_knows_the_kind_has_none() -> None:
    """
    Prometheus has such; as a gauge without this metadata it would be told for what it is not.
    """
    metrics = []
    for kind in ("unknown", "gauge"):
        metric = Metric(name=kind)
        metric.gauge.data_points.add(time_unix_nano=NOW, as_double=1)
        metric.metadata.add(key="prometheus.type").value.string_value = kind
        metrics.append(metric)
    unknown, gauge = (row["properties"] for row in rows(*metrics))
    told = "otel.metric.metadata.prometheus.type"
    assert (unknown.get("otel.metric.kind"), unknown[told]) == (None, "unknown")
    assert (gauge["otel.metric.kind"], gauge[told]) == ("gauge", "gauge")
