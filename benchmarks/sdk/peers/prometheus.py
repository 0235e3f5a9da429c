"""prometheus_client, which keeps sums and buckets in the process."""

from collections.abc import Iterable

from prometheus_client import Counter, Histogram

from benchmarks.sdk.slices import Subject


def subjects() -> dict[tuple[str, str], Subject]:
    """Return the metric events."""
    orders = Counter("orders", "orders", registry=None)
    latency = Histogram("latency_ms", "latency", registry=None)

    def increase(calls: Iterable[None]) -> None:
        for _ in calls:
            orders.inc()

    def observe(calls: Iterable[None]) -> None:
        for _ in calls:
            latency.observe(1.5)

    return {
        ("counter.inc", "prometheus_client Counter.inc"): Subject(increase, share=0.2),
        ("metric.record", "prometheus_client Histogram.observe"): Subject(observe, share=0.1),
    }
