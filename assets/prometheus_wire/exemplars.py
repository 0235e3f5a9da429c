"""Exemplars: what they point at becomes ids where it is one, and an attribute where it is not."""

import re
from dataclasses import dataclass, field

from assets.otlp_wire.values import Bounds
from assets.otlp_wire.wire import FIXED64, VARINT
from assets.prometheus_wire.request import Request, SeriesRefused, ns_of
from assets.prometheus_wire.series import Labels, Series
from assets.prometheus_wire.written import attribute, bytes_field, fixed64_field

_IDS = (
    (frozenset({b"trace_id", b"traceID", b"traceId"}), re.compile(rb"[0-9a-fA-F]{32}"), 5),
    (frozenset({b"span_id", b"spanID", b"spanId"}), re.compile(rb"[0-9a-fA-F]{16}"), 4),
)
"""Names of a label that may be an id, what an id looks like, and the field of Exemplar for it."""


@dataclass(slots=True)
class Exemplars:
    """The exemplars of a series; *time* is that of the last one."""

    found: list[bytes] = field(default_factory=list)
    time: int = 0

    def written(self, number: int) -> bytes:
        """Return them as a repeated field."""
        return b"".join(bytes_field(number, one) for one in self.found)


def read_exemplars(request: Request, series: Series) -> Exemplars:
    """Return those that can be kept; the others are counted."""
    found = Exemplars()
    for bounds in series.exemplars:
        try:
            time, exemplar = _exemplar(request, series, bounds)
        except SeriesRefused as exc:
            request.refused.exemplars += 1
            request.leave_out(exc, series.name)
            continue
        request.expand(len(bytes_field(1, exemplar)))
        found.found.append(exemplar)
        found.time = time
    return found


def _exemplar(request: Request, series: Series, bounds: Bounds) -> tuple[int, bytes]:
    labels = Labels(fault=series.fault)
    value = time = 0
    for one in request.payload.fields(*bounds):
        if one.number == 1:
            labels.take(request, one, series.bounds[0])
        elif one.number == 2:
            one.check(FIXED64)
            value = one.value
        elif one.number == 3:
            one.check(VARINT)
            time = ns_of(one.value)
    if labels.fault is not None:
        raise labels.fault
    if not time:
        raise SeriesRefused("an exemplar's time is not between 1970 and 2262")
    ids: dict[int, bytes] = {}
    rest = b""
    for name, text in labels.pairs:
        for names, pattern, number in _IDS:
            if name in names and number not in ids and pattern.fullmatch(text):
                ids[number] = bytes_field(number, bytes.fromhex(text.decode()))
                break
        else:
            rest += attribute(7, name, text)
    numbers = fixed64_field(2, time) + fixed64_field(3, value)
    return time, numbers + ids.get(4, b"") + ids.get(5, b"") + rest
