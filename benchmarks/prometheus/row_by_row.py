"""
The usual way: protobuf's own parser (upb), a loop over series, and upb again to write OTLP.

Written as one would write it with care: a resource for each target, a metric for each name in it.
It leaves out what ours does besides (checks, limits, histograms, exemplars).
"""

from google.protobuf.message import Message
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, ResourceMetrics

from benchmarks.prometheus.messages import V1, V2
from benchmarks.prometheus.traffic import HELP


def first(body: bytes) -> list[bytes]:
    """Translate a request of version 1.0."""
    targets = _Targets()
    for series in V1["WriteRequest"].FromString(body).timeseries:
        labels = {label.name.decode(): label.value.decode() for label in series.labels}
        targets.add(labels, series.samples)
    return targets.written()


def second(body: bytes) -> list[bytes]:
    """Translate a request of version 2.0."""
    request = V2["Request"].FromString(body)
    symbols = [symbol.decode() for symbol in request.symbols]
    targets = _Targets()
    for series in request.timeseries:
        texts = [symbols[ref] for ref in series.labels_refs]
        targets.add(dict(zip(texts[::2], texts[1::2], strict=True)), series.samples)
    return targets.written()


class _Targets:
    """Resources under construction; all families are counters here."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], ResourceMetrics] = {}
        self._metric = Metric()
        self._of: tuple[str, str] = ("", "")

    def add(self, labels: dict[str, str], samples: Message) -> None:
        """Add a series; a metric has all series of its name that follow each other."""
        name, target = labels.pop("__name__"), (labels.pop("job"), labels.pop("instance"))
        resource = self._known.get(target)
        if resource is None:
            resource = self._known[target] = ResourceMetrics()
            self._describe(resource, *target)
            resource.scope_metrics.add().scope.name = "prometheus"
        if target != self._of or name != self._metric.name:
            self._of = target
            self._metric = resource.scope_metrics[0].metrics.add(name=name, description=HELP)
            self._metric.sum.aggregation_temporality = 2
            self._metric.sum.is_monotonic = True
            self._metric.metadata.add(key="prometheus.type").value.string_value = "counter"
        for sample in samples:
            point = self._metric.sum.data_points.add(
                time_unix_nano=sample.timestamp * 1_000_000, as_double=sample.value
            )
            for key, value in labels.items():
                point.attributes.add(key=key).value.string_value = value

    @staticmethod
    def _describe(resource: ResourceMetrics, job: str, instance: str) -> None:
        known = {
            "service.name": job,
            "service.instance.id": instance,
            "host.name": instance.partition(":")[0],
        }
        for key, value in known.items():
            resource.resource.attributes.add(key=key).value.string_value = value

    def written(self) -> list[bytes]:
        """Return the messages."""
        return [resource.SerializeToString() for resource in self._known.values()]
