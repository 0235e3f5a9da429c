"""
Native histograms: what is known of one, and its buckets, which are spans of indexes and counts.
"""

from dataclasses import dataclass, field

from assets.otlp_wire.values import Bounds
from assets.otlp_wire.wire import BYTES, FIXED64, VARINT, Field, Malformed, double, zigzag
from assets.prometheus_wire.limits import BUCKETS_MAX
from assets.prometheus_wire.request import BAD_TIME, STALE_BITS, Request, SeriesRefused, ns_of
from assets.prometheus_wire.series import Series

CUSTOM = -53
"""The schema of a histogram whose buckets have bounds of their own."""

_SCHEMAS = range(-9, 53)
_ANY = 9
_WIRES = (
    _ANY, VARINT, FIXED64, FIXED64, VARINT, FIXED64, VARINT, FIXED64, BYTES, _ANY, _ANY, BYTES,
    _ANY, _ANY, VARINT, VARINT, _ANY, VARINT,
)  # fmt: skip
"""The wire type of each field; ``_ANY`` where it may be packed or not."""

NEGATIVE, POSITIVE = 8, 11
"""The field of a side's spans; deltas and counts are the two after it."""


@dataclass(slots=True)
class Side:
    """The buckets of one side, from index *first* on; a float's bits where counts are floats."""

    first: int = 0
    counts: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Native:
    """A native histogram; counts are bits of floats where *is_float*."""

    bounds: Bounds
    numbers: dict[int, int] = field(default_factory=dict)
    is_float: bool = False
    is_whole: bool = True
    negative: Side = field(default_factory=Side)
    positive: Side = field(default_factory=Side)
    custom: list[int] = field(default_factory=list)

    def number(self, at: int) -> int:
        """Return a field that is a number, 0 if absent."""
        return self.numbers.get(at, 0)

    @property
    def schema(self) -> int:
        """The resolution, or ``CUSTOM``."""
        return zigzag(self.number(4))

    @property
    def is_custom(self) -> bool:
        """Whether buckets have bounds of their own."""
        return self.schema == CUSTOM

    @property
    def is_stale(self) -> bool:
        """Whether it says that there is no histogram any more."""
        return self.number(3) == STALE_BITS

    @property
    def zero_count(self) -> int:
        """The count of the bucket around zero."""
        return self.number(7 if self.is_float else 6)

    def whole(self, count: int) -> int:
        """Return a count as an integer."""
        return round(double(count)) if self.is_float else count


def read_native(request: Request, series: Series, bounds: Bounds) -> Native:
    """
    Return the histogram that stands there.

    Raises:
        SeriesRefused: It cannot be kept.
    """
    native = Native(bounds)
    for one in request.payload.fields(*bounds):
        if one.number >= len(_WIRES):
            continue
        if _WIRES[one.number] != _ANY:
            one.check(_WIRES[one.number])
        if one.number in {1, 2}:
            native.is_float = one.number == 2
            native.numbers[0] = one.value
        native.numbers[one.number] = one.value
    fault = series.fault or _fault_of(native)
    buckets = _Buckets(request, native, fault)
    native.negative = buckets.side(NEGATIVE)
    native.positive = buckets.side(POSITIVE)
    if native.is_custom:
        buckets.custom()
    if buckets.fault is not None:
        raise buckets.fault
    return native


def _bad_count() -> SeriesRefused:
    return SeriesRefused("a count of a histogram is negative or no number")


def _too_many() -> SeriesRefused:
    return SeriesRefused(
        f"a histogram has more than REMOTE_WRITE_BUCKETS_MAX = {BUCKETS_MAX} buckets"
    )


def _no_fit() -> SeriesRefused:
    return SeriesRefused("the buckets of a histogram do not fit its spans")


def _fault_of(native: Native) -> SeriesRefused | None:
    if not ns_of(native.number(15)):
        return SeriesRefused(BAD_TIME)
    if not native.is_custom and native.schema not in _SCHEMAS:
        return SeriesRefused("a histogram's schema is neither between -9 and 52 nor -53")
    for count in (native.number(0), native.zero_count):
        if not native.is_float or native.is_stale:
            continue
        if not 0 <= double(count) < 2**63:
            return _bad_count()
        native.is_whole = native.is_whole and double(count).is_integer()
    return None


class _Buckets:
    """Reads buckets; after something that cannot be kept, only their form is looked at."""

    def __init__(self, request: Request, native: Native, fault: SeriesRefused | None) -> None:
        self._request, self._native, self.fault = request, native, fault

    def side(self, spans: int) -> Side:
        """Return one side."""
        side, first, taken = Side(), True, 0
        values = self._values(spans)
        for one in self._fields(spans):
            one.check(BYTES)
            offset, length = self._span((one.start, one.end))
            if first and not self._native.is_custom:
                side.first, offset = offset, 0
                if side.first == -(2**31):
                    self.fault = _no_fit()
            first = False
            if self.fault is not None:
                continue
            if offset < 0 or length > len(values) - taken:
                self.fault = _no_fit()
            elif offset + length > BUCKETS_MAX - len(side.counts):
                self.fault = _too_many()
            else:
                self._request.expand(8 * (offset + length))
                side.counts += [0] * offset + values[taken : taken + length]
                taken += length
        if self.fault is None and taken != len(values):
            self.fault = _no_fit()
        return side

    def custom(self) -> None:
        """Read the bounds of custom buckets; the last bucket is what is above all of them."""
        bounds, counts = self._native.custom, self._native.positive.counts
        for one in self._fields(16):
            bounds += self._doubles(one)
            if len(bounds) >= BUCKETS_MAX:
                self.fault = _too_many()
        if self.fault is None and (len(counts) > len(bounds) + 1 or self._native.negative.counts):
            self.fault = _no_fit()
        if self.fault is None:
            counts += [0] * (len(bounds) + 1 - len(counts))
            self._request.expand(16 * len(bounds))

    def _fields(self, number: int) -> list[Field]:
        fields = self._request.payload.fields(*self._native.bounds)
        return [one for one in fields if one.number == number]

    def _span(self, bounds: Bounds) -> tuple[int, int]:
        offset = length = 0
        for one in self._request.payload.fields(*bounds):
            if one.number > 2:
                continue
            one.check(VARINT)
            if one.number == 1:
                offset = zigzag(one.value)
            else:
                length = one.value & 0xFFFFFFFF
        return offset, length

    def _values(self, spans: int) -> list[int]:
        """Return a side's counts: the float ones of a histogram of floats, else deltas."""
        values: list[int] = []
        for one in self._fields(spans + (2 if self._native.is_float else 1)):
            if self.fault is not None:
                break
            if self._native.is_float:
                for bits in self._doubles(one):
                    self._count(values, bits)
            else:
                self._deltas(values, one)
            if len(values) > BUCKETS_MAX:
                self.fault = _too_many()
        return values

    def _count(self, values: list[int], bits: int) -> None:
        if self.fault is not None:
            return
        count = double(bits)
        if not 0 <= count < 2**63:
            self.fault = _bad_count()
            return
        self._native.is_whole = self._native.is_whole and count.is_integer()
        values.append(bits)

    def _deltas(self, values: list[int], one: Field) -> None:
        if one.wire == VARINT:
            self._delta(values, one.value)
            return
        one.check(BYTES)
        at = one.start
        while at < one.end:
            value, at = self._request.payload.varint(at, one.end, "a bucket's count")
            self._delta(values, value)
            if len(values) > BUCKETS_MAX:
                self.fault = _too_many()

    def _delta(self, values: list[int], value: int) -> None:
        if self.fault is not None:
            return
        count = (values[-1] if values else 0) + ((value >> 1) ^ -(value & 1))
        if not 0 <= count < 2**63:
            self.fault = _bad_count()
            return
        values.append(count)

    def _doubles(self, one: Field) -> list[int]:
        """Return numbers of eight bytes, packed or single, as bits."""
        if one.wire == FIXED64:
            return [one.value]
        one.check(BYTES)
        size = one.end - one.start
        if size % 8:
            reason = f"field {one.number} is packed in {size} bytes, not a multiple of 8"
            raise Malformed(reason, one.at)
        if size // 8 > BUCKETS_MAX:
            self.fault = _too_many()
            return []
        data = self._request.payload.data
        return [int.from_bytes(data[at : at + 8], "little") for at in range(one.start, one.end, 8)]
