"""
What senders have said of families of metrics, for requests that do not say it themselves.

Version 1.0 describes metrics in requests of their own, about once a minute and without saying
whose they are. Rule: what two senders tell differently is not told, and nothing is guessed from a
name alone.
"""

import threading

from assets.otlp_wire.values import Bounds
from assets.otlp_wire.wire import BYTES, VARINT, Payload
from assets.prometheus_wire.request import TYPES, Family
from ingest_api.limits import REMOTE_WRITE_FAMILIES_MAX, REMOTE_WRITE_FAMILY_BYTES_MAX

_UNKNOWN = Family()
_OF_SUFFIX = {
    b"_bucket": {"histogram", "gaugehistogram"},
    b"_count": {"histogram", "summary"},
    b"_sum": {"histogram", "summary"},
    b"_gcount": {"gaugehistogram"},
    b"_gsum": {"gaugehistogram"},
    b"_total": {"counter"},
    b"_created": {"counter", "histogram", "summary"},
    b"_info": {"info"},
}
"""What a series of a family may be called besides the family's own name, by the family's type."""


class Families:
    """What is known, the newest last; safe in any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[bytes, Family] = {}
        self._answers: dict[bytes, Family] = {}

    def learn(self, body: bytes, places: list[Bounds]) -> None:
        """
        Remember the descriptions that stand at *places*.

        Raises:
            Malformed: One breaks the wire format.
        """
        payload = Payload(body)
        found = [_family(payload, bounds) for bounds in places]
        with self._lock:
            for name, family in found:
                self._remember(name, family)
            self._answers = {}

    def describe(self, name: bytes) -> Family:
        """Return what is known of a series of this name."""
        answers = self._answers
        answer = answers.get(name)
        if answer is None:
            answer = self._look_up(name)
            if len(answers) < REMOTE_WRITE_FAMILIES_MAX and len(name) <= _NAME_BYTES_KEPT:
                answers[name] = answer
        return answer

    def _look_up(self, name: bytes) -> Family:
        family = self._known.get(name)
        if family is not None:
            return family
        at = name.rfind(b"_")
        types = _OF_SUFFIX.get(name[at:]) if at > 0 else None
        family = self._known.get(name[:at]) if types else None
        return family if family and types and TYPES[family.type] in types else _UNKNOWN

    def _remember(self, name: bytes, family: Family) -> None:
        if len(name) + len(family.help) + len(family.unit) > REMOTE_WRITE_FAMILY_BYTES_MAX:
            return
        known = self._known.pop(name, family)
        self._known[name] = Family(
            family.type if family.type == known.type else 0,
            family.help if family.help == known.help else b"",
            family.unit if family.unit == known.unit else b"",
        )
        if len(self._known) > REMOTE_WRITE_FAMILIES_MAX:
            del self._known[next(iter(self._known))]


_NAME_BYTES_KEPT = 256
"""Answers for longer names are looked up every time."""


def _family(payload: Payload, bounds: Bounds) -> tuple[bytes, Family]:
    """Return a MetricMetadata message."""
    kind, texts = 0, {2: b"", 4: b"", 5: b""}
    for one in payload.fields(*bounds):
        if one.number == 1:
            one.check(VARINT)
            kind = one.value if one.value < len(TYPES) else 0
        elif one.number in texts:
            one.check(BYTES)
            texts[one.number] = payload.data[one.start : one.end]
    return texts[2], Family(kind, texts[4], texts[5])
