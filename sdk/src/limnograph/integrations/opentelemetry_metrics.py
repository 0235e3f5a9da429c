"""
OpenTelemetry's metrics as rows of ``measures``.

Counters arrive as their increase, so that ``SUM(value)`` is the total; up-down counters and gauges
as their value at each interval. A histogram named ``x`` becomes ``x.count``, ``x.sum``, ``x.min``
and ``x.max``, and ``x.bucket`` for each bucket that got something, with the property
``upper_bound``: all of the interval, not since the start.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from opentelemetry.sdk import metrics
from opentelemetry.sdk.metrics import export

from limnograph import faults, metric
from limnograph.integrations.operation import recording
from limnograph.limits import METRIC_READER_INTERVAL_S
from limnograph.recorder.texts import text_of

_DELTA = export.AggregationTemporality.DELTA
_CUMULATIVE = export.AggregationTemporality.CUMULATIVE
_TEMPORALITY: dict[type, export.AggregationTemporality] = {
    metrics.Counter: _DELTA,
    metrics.ObservableCounter: _DELTA,
    metrics.Histogram: _DELTA,
    metrics.UpDownCounter: _CUMULATIVE,
    metrics.ObservableUpDownCounter: _CUMULATIVE,
    metrics.ObservableGauge: _CUMULATIVE,
}


class MetricExporter(export.MetricExporter):
    """Records what a reader collected; for a reader of your own."""

    def __init__(self) -> None:
        super().__init__(preferred_temporality=_TEMPORALITY)
        self.on = True

    def export(
        self,
        metrics_data: export.MetricsData,
        timeout_millis: float = 10_000,  # noqa: ARG002 - the interface
        **kwargs: Any,  # noqa: ARG002 - the interface
    ) -> export.MetricExportResult:
        """Record every data point."""
        if self.on and recording():
            _record(metrics_data)
        return export.MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 10_000) -> bool:  # noqa: ARG002 - the interface
        """Do nothing: ``limnograph.flush`` sends."""
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Do nothing: the SDK has what was exported."""


class MetricReader(export.PeriodicExportingMetricReader):
    """
    Records the state of all instruments each interval, on a thread of its own.

        MeterProvider(metric_readers=[MetricReader()])
    """

    def __init__(self, interval_s: float = METRIC_READER_INTERVAL_S) -> None:
        self._ours = MetricExporter()
        super().__init__(self._ours, export_interval_millis=interval_s * 1000)

    def turn(self, *, on: bool) -> None:
        """Record or leave out what is measured from here on; what was measured before stays."""
        if self._ours.on != on:
            self.collect()
            self._ours.on = on


@faults.guarded
def _record(data: export.MetricsData) -> None:
    for resource in data.resource_metrics:
        for scope in resource.scope_metrics:
            for one in scope.metrics:
                for point in one.data.data_points:
                    for suffix, value, more in _values(one.data, point):
                        known = metric(one.name + suffix, one.unit or "")
                        known.record(value, **_texts(point.attributes), **more)


_Value = tuple[str, float, dict[str, Any]]


def _values(data: Any, point: Any) -> Iterator[_Value]:
    """Yield what *point* says: a suffix of the metric's name, a value, further properties."""
    if isinstance(data, export.Sum | export.Gauge):
        if not (isinstance(data, export.Sum) and data.is_monotonic and point.value == 0):
            yield "", point.value, {}
        return
    if not point.count:
        return
    yield ".count", point.count, {}
    yield ".sum", point.sum, {}
    if math.isfinite(point.min):
        yield ".min", point.min, {}
        yield ".max", point.max, {}
    buckets = _explicit(point) if isinstance(data, export.Histogram) else _exponential(point)
    for upper_bound, count in buckets:
        if count:
            yield ".bucket", count, {"upper_bound": upper_bound}


def _explicit(point: Any) -> Iterator[tuple[float, int]]:
    return zip((*point.explicit_bounds, math.inf), point.bucket_counts, strict=True)


def _exponential(point: Any) -> Iterator[tuple[float, int]]:
    base = 2.0 ** (2.0**-point.scale)
    for at, count in enumerate(point.negative.bucket_counts):
        yield -(base ** (point.negative.offset + at)), count
    yield 0.0, point.zero_count
    for at, count in enumerate(point.positive.bucket_counts):
        yield base ** (point.positive.offset + at + 1), count


def _texts(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        str(key): value if isinstance(value, str | int | float) else text_of(value)
        for key, value in (attributes or {}).items()
    }
