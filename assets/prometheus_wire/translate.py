"""
A request of remote write as OTLP: one ResourceMetrics for each target, a job and an instance.

Rule: what breaks the wire format ends the translation; what breaks a rule of the protocol (a label
twice, a time that cannot be) is left out and counted, with the reason of the first.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from assets.otlp_wire.extension import native
from assets.otlp_wire.values import Bounds
from assets.otlp_wire.wire import BYTES, Malformed, Payload
from assets.prometheus_wire.exemplars import Exemplars, read_exemplars
from assets.prometheus_wire.histograms import read_native
from assets.prometheus_wire.limits import METADATA_MAX, TARGETS_MAX
from assets.prometheus_wire.points import Form, histogram, sample, without_sample
from assets.prometheus_wire.request import (
    TYPES,
    Counts,
    Describe,
    Family,
    Request,
    RequestOverLimit,
    SeriesRefused,
    over_limit,
)
from assets.prometheus_wire.series import Series, read_series
from assets.prometheus_wire.targets import resource
from assets.prometheus_wire.written import attribute, bytes_field, number_field, text_field


@dataclass(frozen=True, slots=True)
class Translated:
    """
    What became of a request.

    Attributes:
        resources: ResourceMetrics messages, one for each target.
        written, refused: What they hold, and what they do not.
        fault: Why the first of what was left out was; empty if nothing was.
        fault_name: The metric that it belonged to.
    """

    resources: list[bytes]
    written: Counts
    refused: Counts
    fault: str = ""
    fault_name: bytes = b""


Translate = Callable[[bytes, bool, Describe], Translated]


def by_extension(body: bytes, second: bool, describe: Describe) -> Translated:
    """Translate with the C extension."""
    assert native is not None, "the extension is there"

    def told(name: bytes) -> tuple[int, bytes, bytes]:
        family = describe(name)
        return family.type, family.help, family.unit

    try:
        resources, written, refused, fault, name = native.remote_write(body, second, told)
    except native.Malformed as exc:
        raise _of_extension(exc) from None
    return Translated(resources, Counts(*written), Counts(*refused), fault, name)


def by_python(body: bytes, second: bool, describe: Describe) -> Translated:
    """Translate in Python."""
    return _Translation(Request(Payload(body), second, describe)).run()


def metadata_by_extension(body: bytes) -> list[Bounds]:
    """Find descriptions with the C extension."""
    assert native is not None, "the extension is there"
    try:
        return list(native.remote_write_metadata(body))
    except native.Malformed as exc:
        raise _of_extension(exc) from None


def metadata_by_python(body: bytes) -> list[Bounds]:
    """Find descriptions in Python."""
    found: list[Bounds] = []
    for one in Payload(body).fields(0, len(body)):
        if one.number == 3:
            one.check(BYTES)
            if len(found) == METADATA_MAX:
                over_limit("remote_write_metadata_max", METADATA_MAX)
            found.append((one.start, one.end))
    return found


def _of_extension(exc: ValueError) -> ValueError:
    reason, offset, limit = exc.args
    return RequestOverLimit(reason, offset, limit) if limit else Malformed(reason, offset)


translate: Translate = by_extension if native is not None else by_python
"""
Translate a request; *second* is the protocol's second message.

Raises Malformed of reason and byte offset, or RequestOverLimit with the limit's name besides.
"""

metadata_at: Callable[[bytes], list[Bounds]] = (
    metadata_by_extension if native is not None else metadata_by_python
)
"""Return where the descriptions of metrics stand in a request of the first message."""


@dataclass(slots=True)
class _Metric:
    """The metric that the last points belong to; more may follow."""

    target: tuple[bytes, bytes]
    name: bytes
    family: Family
    form: Form
    points: list[bytes] = field(default_factory=list)

    def written(self) -> bytes:
        kind, temporality, monotonic = self.form
        data = b"".join(self.points)
        data += number_field(2, temporality) if temporality else b""
        data += number_field(3, 1) if monotonic else b""
        metric = text_field(1, self.name) + text_field(2, self.family.help)
        metric += text_field(3, self.family.unit) + bytes_field(kind, data)
        return metric + attribute(12, b"prometheus.type", TYPES[self.family.type].encode())


class _Translation:
    def __init__(self, request: Request) -> None:
        self._request = request
        self._targets: dict[tuple[bytes, bytes], list[bytes]] = {}
        self._open: _Metric | None = None

    def run(self) -> Translated:
        request = self._request
        payload = request.payload
        if request.second:
            request.read_symbols()
        for one in payload.fields(0, len(payload.data)):
            if one.number == (5 if request.second else 1):
                one.check(BYTES)
                self._series(read_series(request, (one.start, one.end)))
        self._close()
        resources = [self._resource(*target) for target in self._targets]
        return Translated(
            resources, request.written, request.refused, request.fault, request.fault_name
        )

    def _resource(self, job: bytes, instance: bytes) -> bytes:
        metrics = b"".join(self._targets[job, instance])
        found = resource(job, instance, metrics)
        self._request.expand(len(found) - len(metrics))
        return found

    def _series(self, series: Series) -> None:
        request = self._request
        if not request.second and series.fault is None:
            same = self._open is not None and self._open.name == series.name
            series.family = (
                self._open.family if self._open and same else request.describe(series.name)
            )
        exemplars = read_exemplars(request, series)
        carried = not exemplars.found
        for left, (is_histogram, bounds) in enumerate(series.points, 1 - len(series.points)):
            theirs = exemplars if left == 0 and not carried else None
            take = self._histogram if is_histogram else self._sample
            carried = (take(series, bounds, theirs) and theirs is not None) or carried
        request.written.exemplars += len(exemplars.found)
        if not carried:
            self._put(series, *without_sample(series, exemplars))

    def _sample(self, series: Series, bounds: Bounds, exemplars: Exemplars | None) -> bool:
        try:
            form, point = sample(self._request, series, bounds, exemplars)
        except SeriesRefused as exc:
            self._request.refused.samples += 1
            self._request.leave_out(exc, series.name)
            return False
        self._request.written.samples += 1
        self._put(series, form, point)
        return True

    def _histogram(self, series: Series, bounds: Bounds, exemplars: Exemplars | None) -> bool:
        try:
            found = read_native(self._request, series, bounds)
        except SeriesRefused as exc:
            self._request.refused.histograms += 1
            self._request.leave_out(exc, series.name)
            return False
        self._request.written.histograms += 1
        self._put(series, *histogram(series, found, exemplars))
        return True

    def _put(self, series: Series, form: Form, point: bytes) -> None:
        target = series.job, series.instance
        metric = _Metric(target, series.name, series.family, form)
        if target not in self._targets:
            if len(self._targets) == TARGETS_MAX:
                over_limit("remote_write_targets_max", TARGETS_MAX)
            self._targets[target] = []
        if self._open is None or metric != _emptied(self._open):
            self._close()
            self._open = metric
        written = bytes_field(1, point)
        self._request.expand(len(written))
        self._open.points.append(written)

    def _close(self) -> None:
        if self._open is not None:
            written = bytes_field(2, self._open.written())
            self._request.expand(len(written) - sum(map(len, self._open.points)))
            self._targets[self._open.target].append(written)
            self._open = None


def _emptied(metric: _Metric) -> _Metric:
    return _Metric(metric.target, metric.name, metric.family, metric.form)
