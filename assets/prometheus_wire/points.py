"""
Samples and native histograms as points of OTLP.

Rule: counts that have fractions are rounded, and the exact ones are attributes beside them, in the
order in which rows have their counts.
"""

from collections.abc import Sequence

from assets.otlp_wire.values import Bounds
from assets.otlp_wire.wire import FIXED64, VARINT
from assets.prometheus_wire.exemplars import Exemplars
from assets.prometheus_wire.histograms import Native, Side
from assets.prometheus_wire.request import (
    BAD_TIME,
    STALE_BITS,
    TYPES,
    Request,
    SeriesRefused,
    ns_of,
)
from assets.prometheus_wire.series import Series
from assets.prometheus_wire.written import (
    attribute,
    bytes_field,
    doubles,
    fixed64_field,
    key_value,
    number_field,
    text_field,
    varint,
    zigzag32,
)

Form = tuple[int, int, bool]
"""The field of Metric that holds the points, their temporality, whether they only grow."""

_GAUGE, _SUM, _HISTOGRAM, _EXPONENTIAL = 5, 7, 9, 10
_CUMULATIVE, _NO_RECORDED_VALUE, _RESET_GAUGE = 2, 1, 3
_RESETS = {1: b"yes", 2: b"no", 3: b"gauge"}


def form_of(series: Series) -> Form:
    """Return how a number is told: a part of a histogram or a summary that only grows is a sum."""
    name, kind = series.name, TYPES[series.family.type]
    total, gauge = (_SUM, _CUMULATIVE, True), (_GAUGE, 0, False)

    def ends_with(suffix: bytes) -> bool:
        return name.endswith(suffix) and len(name) > len(suffix)

    if kind == "counter":
        return gauge if ends_with(b"_created") else total
    if kind == "histogram" and ends_with(b"_bucket"):
        return total
    if kind in {"histogram", "summary"}:
        if ends_with(b"_count"):
            return total
        if ends_with(b"_sum"):
            return _SUM, _CUMULATIVE, False
    return gauge


def sample(
    request: Request, series: Series, bounds: Bounds, exemplars: Exemplars | None
) -> tuple[Form, bytes]:
    """
    Return a Sample as a point; a stale marker is one of which nothing was recorded.

    Raises:
        SeriesRefused: It cannot be kept.
    """
    value, time, start = 0, 0, series.start
    for one in request.payload.fields(*bounds):
        if one.number > (3 if request.second else 2):
            continue
        one.check(FIXED64 if one.number == 1 else VARINT)
        if one.number == 1:
            value = one.value
        elif one.number == 2:
            time = ns_of(one.value)
        elif one.value:
            start = ns_of(one.value)
    series.check()
    if not time:
        raise SeriesRefused(BAD_TIME)
    stale = value == STALE_BITS
    point = _times(start, time) + (b"" if stale else fixed64_field(4, value))
    point += exemplars.written(5) if exemplars else b""
    point += series.attributes(7) + (number_field(8, _NO_RECORDED_VALUE) if stale else b"")
    return form_of(series), point


def without_sample(series: Series, exemplars: Exemplars) -> tuple[Form, bytes]:
    """Return a point that has nothing but exemplars."""
    point = _times(0, exemplars.time) + exemplars.written(5) + series.attributes(7)
    return form_of(series), point


def histogram(series: Series, native: Native, exemplars: Exemplars | None) -> tuple[Form, bytes]:
    """Return a native histogram as a point."""
    temporality = 0 if native.number(14) == _RESET_GAUGE else _CUMULATIVE
    field = _HISTOGRAM if native.is_custom else _EXPONENTIAL
    write = _explicit if native.is_custom else _exponential
    return (field, temporality, False), write(series, native, exemplars)


def _times(start: int, time: int) -> bytes:
    return (fixed64_field(2, start) if start else b"") + fixed64_field(3, time)


def _native_times(series: Series, native: Native) -> bytes:
    return _times(ns_of(native.number(17)) or series.start, ns_of(native.number(15)))


def _counts(native: Native, count_field: int) -> bytes:
    count = native.whole(native.number(0))
    return fixed64_field(count_field, count) + fixed64_field(5, native.number(3))


def _exponential(series: Series, native: Native, exemplars: Exemplars | None) -> bytes:
    positive, negative = native.positive, native.negative
    exact = [0, *reversed(negative.counts), native.zero_count, *positive.counts, 0]
    point = series.attributes(1) + _more(native, 1, exact) + _native_times(series, native)
    if native.is_stale:
        point += number_field(10, _NO_RECORDED_VALUE)
        return point + (exemplars.written(11) if exemplars else b"")
    point += _counts(native, 4) + number_field(6, zigzag32(native.schema))
    point += fixed64_field(7, native.whole(native.zero_count))
    point += _side(8, native, positive) + _side(9, native, negative)
    point += exemplars.written(11) if exemplars else b""
    return point + fixed64_field(14, native.number(5))


def _explicit(series: Series, native: Native, exemplars: Exemplars | None) -> bytes:
    counts = native.positive.counts
    point = _native_times(series, native)
    if not native.is_stale:
        point += _counts(native, 4) + bytes_field(6, _packed([native.whole(one) for one in counts]))
        point += text_field(7, _packed(native.custom))
    point += exemplars.written(8) if exemplars else b""
    point += series.attributes(9) + _more(native, 9, counts)
    return point + (number_field(10, _NO_RECORDED_VALUE) if native.is_stale else b"")


def _packed(numbers: Sequence[int]) -> bytes:
    return b"".join(number.to_bytes(8, "little") for number in numbers)


def _side(number: int, native: Native, side: Side) -> bytes:
    """Return Buckets; OTLP counts their indexes by the lower bound, Prometheus by the upper."""
    if not side.counts:
        return b""
    counts = b"".join(varint(native.whole(count)) for count in side.counts)
    return bytes_field(number, number_field(1, zigzag32(side.first - 1)) + bytes_field(2, counts))


def _more(native: Native, number: int, exact: Sequence[int]) -> bytes:
    """Return what OTLP has no field for."""
    reset = _RESETS.get(native.number(14), b"")
    found = attribute(number, b"prometheus.reset_hint", reset) if reset else b""
    if native.is_whole or native.is_stale:
        return found
    found += key_value(number, b"prometheus.count", fixed64_field(4, native.number(0)))
    return found + key_value(number, b"prometheus.counts", doubles(exact))
