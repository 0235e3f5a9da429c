"""Histograms of OTLP, with given or exponential ranges, as rows."""

import math

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, ResourceMetrics

from assets.decode.otlp.histograms import HISTOGRAMS
from assets.decode.otlp.limits import HISTOGRAM_BINS
from assets.decode.rows import HISTOGRAM, HISTOGRAM_ROWS
from query_engine.functions import function
from tests.assets.decode.otlp.messages import NOW, block

TRACE, SPAN = bytes(range(16)), bytes(range(8))


def rows(*metrics: Metric) -> list[dict[str, object]]:
    """Return the rows of metrics of one scope."""
    message = ResourceMetrics()
    message.scope_metrics.add().metrics.extend(metrics)
    found = HISTOGRAMS.decode(message.SerializeToString(), block(begin_ns=5))
    assert found.schema == HISTOGRAM_ROWS
    return found.to_dicts()


def given_ranges(bounds: list[float], counts: list[int], **more: object) -> dict[str, object]:
    """Return the row of one point."""
    metric = Metric(name="latency", unit="ms")
    metric.histogram.aggregation_temporality = 1
    metric.histogram.data_points.add(
        explicit_bounds=bounds, bucket_counts=counts, count=sum(counts), **more
    )
    (found,) = rows(metric)
    return found


def test_the_histogram_is_what_sql_functions_take() -> None:
    """
    The type that the view declares is the engine's own.
    """
    assert HISTOGRAM == function.HISTOGRAM


def test_a_point_keeps_what_was_sent() -> None:
    """
    Ranges, counts, sums, times, temporality, and exemplars with the ids of their spans.
    """
    metric = Metric(name="latency", unit="ms")
    metric.histogram.aggregation_temporality = 2
    point = metric.histogram.data_points.add(
        start_time_unix_nano=3, time_unix_nano=NOW, count=6, sum=20.5, min=1.0, max=9.0,
        explicit_bounds=[2.0, 4.0], bucket_counts=[1, 2, 3],
    )  # fmt: skip
    point.attributes.add(key="route").value.string_value = "/pay"
    exemplar = point.exemplars.add(as_int=9, trace_id=TRACE, span_id=SPAN, time_unix_nano=4)
    exemplar.filtered_attributes.add(key="user").value.string_value = "ada"
    (found,) = rows(metric)
    known = ("name", "unit", "kind", "temporality", "count", "sum", "min", "max", "scale")
    assert [found[name] for name in known] == [
        "latency", "ms", "histogram", "cumulative", 6, 20.5, 1.0, 9.0, None
    ]  # fmt: skip
    assert (found["bounds"], found["counts"]) == ([2.0, 4.0], [1, 2, 3])
    assert found["properties"] == {"route": "/pay"}
    assert found["exemplars"] == [
        {
            "time": 4,
            "value": 9.0,
            "trace_id": TRACE.hex(),
            "span_id": SPAN.hex(),
            "attributes": {"user": "ada", "otel.as_int": "9"},
        }
    ]


def test_ranges_become_bins_of_equal_width() -> None:
    """
    Values are spread evenly within a range; those outside of all bounds count at the ends.
    """
    found = given_ranges([0.0, 16.0, 64.0], [5, 64, 96, 7], min=-1.0, max=99.0, sum=1.0)
    histogram = found["histogram"]
    bins = histogram["bins"]
    assert (histogram["start"], histogram["end"], len(bins)) == (0.0, 64.0, HISTOGRAM_BINS)
    assert (histogram["min"], histogram["max"]) == (-1.0, 99.0)
    assert bins == [9, *[4] * 15, *[2] * 47, 9]
    assert sum(bins) == histogram["count"] == 172


@pytest.mark.parametrize(
    ("bounds", "counts"),
    [
        ([], [4]),
        ([1.0], [3, 1]),
        ([1.0, 1.0], [1, 2, 1]),
        ([2.0, 1.0], [1, 2, 1]),
        ([1.0, 2.0], [4]),
        ([1.0, math.nan, 2.0], [1, 1, 1, 1]),
        ([1.0, math.inf], [1, 2, 1]),
    ],
)
def test_ranges_that_do_not_fit_together_are_one_bin(bounds: list, counts: list) -> None:
    """
    The point is kept, from its least value to its greatest.
    """
    found = given_ranges(bounds, counts, min=1.5, max=2.5)
    assert found["histogram"]["bins"] == [4]
    assert (found["histogram"]["start"], found["histogram"]["end"]) == (1.5, 2.5)
    assert found["counts"] == counts


def test_exponential_ranges_are_written_out() -> None:
    """
    From the lowest negative range over the one around zero to the highest positive one.
    """
    metric = Metric(name="e")
    point = metric.exponential_histogram.data_points.add(
        count=15, scale=0, zero_count=4, zero_threshold=0.25
    )
    point.positive.offset = 1
    point.positive.bucket_counts.extend([1, 2])
    point.negative.offset = 0
    point.negative.bucket_counts.extend([3, 5])
    (found,) = rows(metric)
    assert found["bounds"] == [-4.0, -2.0, -1.0, 2.0, 4.0, 8.0]
    assert found["counts"] == [0, 5, 3, 4, 1, 2, 0]
    assert (found["kind"], found["scale"], found["count"]) == ("exponential_histogram", 0, 15)
    assert sum(found["histogram"]["bins"]) == 15


def test_exponential_ranges_of_one_sign_end_at_the_threshold() -> None:
    """
    Without negative values, what is near zero lies between the thresholds.
    """
    metric = Metric(name="e")
    point = metric.exponential_histogram.data_points.add(
        count=3, scale=1, zero_count=1, zero_threshold=0.5
    )
    point.positive.bucket_counts.extend([2])
    (found,) = rows(metric)
    assert found["bounds"] == [-0.5, 1.0, math.exp2(0.5)]
    assert found["counts"] == [0, 1, 2, 0]


def test_a_point_in_which_nothing_was_recorded_has_no_numbers() -> None:
    """
    It is a row, so that a gap can be told from a zero.
    """
    found = given_ranges([1.0], [0, 0], flags=1, sum=0.0)
    assert (found["count"], found["sum"], found["min"]) == (None, None, None)
    assert found["histogram"]["count"] == 0


def test_huge_counts_and_scales_do_no_harm() -> None:
    """
    Counts of 64 bits and absurd scales are kept as far as the columns go.
    """
    metric = Metric(name="e")
    point = metric.exponential_histogram.data_points.add(count=2**64 - 1, scale=-(2**31))
    point.positive.offset = 2**31 - 1
    point.positive.bucket_counts.extend([2**64 - 1] * 3)
    metric.exponential_histogram.data_points.add(count=1)
    first, second = rows(metric)
    assert first["counts"] == [0, 0, -1, -1, -1, 0]
    assert len(first["bounds"]) == 5
    assert second["histogram"]["bins"] == [1]
