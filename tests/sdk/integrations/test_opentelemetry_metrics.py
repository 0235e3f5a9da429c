"""OpenTelemetry's instruments as measures: increases, values, and histograms by their parts."""

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View

from limnograph.integrations.opentelemetry_metrics import MetricReader
from tests.sdk.integrations.sent import measures
from tests.sdk.peer import Peer


@pytest.fixture
def provider() -> Iterator[MeterProvider]:
    """A provider whose reader reads only when it is told to."""
    found = MeterProvider(
        metric_readers=[MetricReader(interval_s=float("inf"))],
        views=[View(instrument_name="expo", aggregation=ExponentialBucketHistogramAggregation())],
        shutdown_on_exit=False,
    )
    yield found
    found.shutdown()


def values(peer: Peer, name: str) -> list[tuple[float, dict[str, Any]]]:
    return [(row["value"], row["properties"]) for row in measures(peer, name)]


def test_counters_arrive_as_increases(sdk: Peer, provider: MeterProvider) -> None:
    """
    The sum of the rows is the total; an interval without an increase has no row.
    """
    orders = provider.get_meter("m").create_counter("orders", "1")
    orders.add(2, {"shop": "a", "vip": True})
    orders.add(1, {"shop": "b"})
    provider.force_flush()
    provider.force_flush()
    orders.add(5, {"shop": "a", "vip": True})
    provider.force_flush()
    assert values(sdk, "orders") == [
        (2.0, {"shop": "a", "vip": "true"}),
        (1.0, {"shop": "b"}),
        (5.0, {"shop": "a", "vip": "true"}),
    ]
    assert {row["unit"] for row in measures(sdk, "orders")} == {"1"}


def test_gauges_and_up_down_counters_arrive_as_values(sdk: Peer, provider: MeterProvider) -> None:
    """
    Each reading has a row with the value as it is then.
    """
    meter = provider.get_meter("m")

    def depth(_options: CallbackOptions) -> list[Observation]:
        return [Observation(7, {"queue": "q"})]

    meter.create_observable_gauge("depth", [depth], "items")
    meter.create_gauge("level").set(0.5)
    active = meter.create_up_down_counter("active")
    active.add(3)
    provider.force_flush()
    active.add(-1)
    provider.force_flush()
    assert values(sdk, "depth")[0] == (7.0, {"queue": "q"})
    assert values(sdk, "level")[0] == (0.5, {})
    assert [value for value, _ in values(sdk, "active")] == [3.0, 2.0]


def test_histograms_arrive_as_count_sum_extremes_and_buckets(
    sdk: Peer, provider: MeterProvider
) -> None:
    """
    Each interval for itself; buckets that got nothing have no row.
    """
    latency = provider.get_meter("m").create_histogram(
        "latency", "s", explicit_bucket_boundaries_advisory=[1.0, 2.0]
    )
    for value in (0.5, 0.7, 9.0):
        latency.record(value, {"route": "/"})
    provider.force_flush()
    provider.force_flush()
    assert values(sdk, "latency.count") == [(3.0, {"route": "/"})]
    assert values(sdk, "latency.sum")[0][0] == pytest.approx(10.2)
    assert values(sdk, "latency.min") == [(0.5, {"route": "/"})]
    assert values(sdk, "latency.max") == [(9.0, {"route": "/"})]
    assert values(sdk, "latency.bucket") == [
        (2.0, {"route": "/", "upper_bound": "1.0"}),
        (1.0, {"route": "/", "upper_bound": "inf"}),
    ]


def test_exponential_histograms_tell_their_bounds(sdk: Peer, provider: MeterProvider) -> None:
    """
    A value lies below its bucket's bound, and not far below.
    """
    expo = provider.get_meter("m").create_histogram("expo")
    for value in (0.0, 3.0, 100.0):
        expo.record(value)
    provider.force_flush()
    bounds = [float(more["upper_bound"]) for _, more in values(sdk, "expo.bucket")]
    assert bounds[0] == 0.0
    assert 3.0 <= bounds[1] < 3.5
    assert 100.0 <= bounds[2] < 110.0
    assert values(sdk, "expo.count") == [(3.0, {})]


def test_nothing_is_read_into_nothing(provider: MeterProvider) -> None:
    """
    While nothing is recorded a reading leaves no trace and no error.
    """
    provider.get_meter("m").create_counter("orders").add(1)
    provider.force_flush()
