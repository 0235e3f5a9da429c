"""A time series without its samples: its labels, in either message, and what is said of it."""

from dataclasses import dataclass, field

from assets.otlp_wire.values import Bounds
from assets.otlp_wire.wire import BYTES, VARINT, Field, Malformed
from assets.prometheus_wire.limits import LABELS_MAX
from assets.prometheus_wire.request import TYPES, Family, Request, SeriesRefused, ns_of
from assets.prometheus_wire.written import attribute

Label = tuple[bytes, bytes]

_NAME, _JOB, _INSTANCE = b"__name__", b"job", b"instance"


@dataclass(slots=True)
class Labels:
    """Labels as they come, and what is wrong with them."""

    pairs: list[Label] = field(default_factory=list)
    fault: SeriesRefused | None = None

    def put(self, request: Request, name: bytes, value: bytes) -> None:
        """Add a label; an empty value is the same as no label."""
        request.expand(len(name) + len(value))
        if not name:
            self.fault = SeriesRefused("a label name is empty")
        elif not value:
            return
        elif len(self.pairs) == LABELS_MAX:
            self.fault = SeriesRefused(
                f"it has more than REMOTE_WRITE_LABELS_MAX = {LABELS_MAX} labels"
            )
        else:
            self.pairs.append((name, value))

    def take(self, request: Request, one: Field, at: int) -> None:
        """Take a field of labels: a message, or references to symbols."""
        one.check(BYTES)
        if not request.second:
            self._take_message(request, (one.start, one.end))
            return
        place = one.start
        while place < one.end:
            name, place = request.payload.varint(place, one.end, "a reference")
            if place == one.end:
                raise Malformed("an odd number of references to labels", one.at)
            value, place = request.payload.varint(place, one.end, "a reference")
            self.put(request, request.symbol(name, at), request.symbol(value, at))

    def _take_message(self, request: Request, bounds: Bounds) -> None:
        texts = {1: b"", 2: b""}
        for part in request.payload.fields(*bounds):
            if part.number in texts:
                part.check(BYTES)
                texts[part.number] = request.payload.data[part.start : part.end]
        self.put(request, texts[1], texts[2])


@dataclass(slots=True)
class Series:
    """
    A series.

    Attributes:
        bounds: Where its message stands.
        labels: But for its name, job and instance.
        start: When its count began, Unix ns; 0 if it does not say.
        fault: Why nothing of it is kept.
    """

    bounds: Bounds
    name: bytes = b""
    job: bytes = b""
    instance: bytes = b""
    labels: list[Label] = field(default_factory=list)
    family: Family = field(default_factory=Family)
    start: int = 0
    points: list[tuple[bool, Bounds]] = field(default_factory=list)
    exemplars: list[Bounds] = field(default_factory=list)
    fault: SeriesRefused | None = None

    def check(self) -> None:
        """Raise SeriesRefused if something is wrong with the series."""
        if self.fault is not None:
            raise self.fault

    def attributes(self, number: int) -> bytes:
        """Return the labels as attributes."""
        return b"".join(attribute(number, *label) for label in self.labels)


def read_series(request: Request, bounds: Bounds) -> Series:
    """Return the series that stands there."""
    series, labels = Series(bounds), Labels()
    for one in request.payload.fields(*bounds):
        if one.number == 1:
            labels.take(request, one, bounds[0])
        else:
            _take_part(request, series, one)
    series.fault = labels.fault
    if series.fault is None and len({name for name, _ in labels.pairs}) < len(labels.pairs):
        series.fault = SeriesRefused("a label stands twice")
    for name, value in labels.pairs:
        if name == _NAME:
            series.name = value
        elif name == _JOB:
            series.job = value
        elif name == _INSTANCE:
            series.instance = value
        else:
            series.labels.append((name, value))
    return series


def _take_part(request: Request, series: Series, one: Field) -> None:
    """Take a field other than labels; histograms and exemplars changed places."""
    if request.second and one.number == 6:
        one.check(VARINT)
        series.start = ns_of(one.value)
        return
    if one.number > (5 if request.second else 4):
        return
    one.check(BYTES)
    bounds = one.start, one.end
    if one.number == 5:
        _take_metadata(request, series, bounds)
    elif one.number == 2:
        series.points.append((False, bounds))
    elif (one.number == 3) == request.second:
        series.points.append((True, bounds))
    else:
        series.exemplars.append(bounds)


def _take_metadata(request: Request, series: Series, bounds: Bounds) -> None:
    kind, known = series.family.type, {3: series.family.help, 4: series.family.unit}
    for one in request.payload.fields(*bounds):
        if one.number not in {1, 3, 4}:
            continue
        one.check(VARINT)
        if one.number == 1:
            kind = one.value if one.value < len(TYPES) else 0
        else:
            known[one.number] = request.symbol(one.value, series.bounds[0])
    series.family = Family(kind, known[3], known[4])
    request.expand(len(known[3]) + len(known[4]))
