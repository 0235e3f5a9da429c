"""Recording into memory: a session as ever, whose requests go nowhere."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from limnograph import api
from limnograph.connection import Answer
from limnograph.limits import FLUSH_INTERVAL_S_MAX, Limits
from limnograph.settings import NO_STATE, checked
from limnograph.testing.events import CapturedImage, CapturedLog, CapturedMetric, CapturedSpan
from limnograph.testing.reading import Event, events_of
from limnograph.wire.envelope import parse_request

_FLUSH_TIMEOUT_S = 30.0
_DEFAULT = Limits()

_E = TypeVar("_E", CapturedLog, CapturedMetric, CapturedSpan, CapturedImage)


class _Memory:
    """Takes requests as a receiver does, and keeps them."""

    endpoint = "memory"

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def post(self, body: bytes, timeout_s: float = 0.0) -> Answer:
        """Keep *body* and acknowledge it."""
        del timeout_s
        self.bodies.append(body)
        return Answer(200, 0.0, "{}")

    def close(self) -> None:
        """There is nothing to close."""

    def abandon(self) -> None:
        """Forget, in the child of a fork, what the parent recorded."""
        self.bodies = []


class Captured:
    """
    What was recorded since the test began, or since ``clear()``.

    ``logs``, ``metrics`` and ``images`` are in the order of their times, ``spans`` in that of their
    beginnings: a parent stands before its children. Spans that are still open are not among them.
    ``log``, ``metric`` and ``span`` return the only one that fits, or fail and say what there is.
    """

    def __init__(self, memory: _Memory) -> None:
        self._memory = memory
        self._events: list[Event] = []

    def __repr__(self) -> str:
        self._read()
        kinds = (CapturedLog, CapturedMetric, CapturedSpan, CapturedImage)
        counts = [sum(isinstance(one, kind) for one in self._events) for kind in kinds]
        logs, metrics, spans, images = counts
        return f"<captured: {logs} logs, {metrics} metrics, {spans} spans, {images} images>"

    @property
    def logs(self) -> list[CapturedLog]:
        """The log records."""
        return sorted(self._of(CapturedLog), key=lambda log: log.time_ns)

    @property
    def metrics(self) -> list[CapturedMetric]:
        """The values of metrics; what counters grew by and gauges stand at since the last look."""
        return sorted(self._of(CapturedMetric), key=lambda metric: metric.time_ns)

    @property
    def spans(self) -> list[CapturedSpan]:
        """The spans that have ended."""
        return sorted(self._of(CapturedSpan), key=lambda span: (span.begin_ns, span.id))

    @property
    def images(self) -> list[CapturedImage]:
        """The images."""
        return sorted(self._of(CapturedImage), key=lambda image: image.time_ns)

    def log(self, text: str) -> CapturedLog:
        """Return the only log record whose message contains *text*."""
        logs = self.logs
        return _only([one for one in logs if text in one.msg], text, [one.msg for one in logs])

    def metric(self, name: str) -> CapturedMetric:
        """Return the only value of the metric *name*."""
        found = self.metrics
        return _only([one for one in found if one.name == name], name, [one.name for one in found])

    def values(self, name: str) -> list[float]:
        """Return the values of the metric *name*; the sum of a counter's is how far it counted."""
        return [one.value for one in self.metrics if one.name == name]

    def span(self, name: str) -> CapturedSpan:
        """Return the only span *name*."""
        found = self.spans
        return _only([one for one in found if one.name == name], name, [one.name for one in found])

    def clear(self) -> None:
        """Forget what was recorded so far."""
        self._read()
        self._events.clear()

    def _of(self, kind: type[_E]) -> list[_E]:
        self._read()
        return [one for one in self._events if isinstance(one, kind)]

    def _read(self) -> None:
        api.flush(_FLUSH_TIMEOUT_S)
        bodies, self._memory.bodies = self._memory.bodies, []
        for body in bodies:
            for payload in parse_request(body).payloads:
                self._events += events_of(payload)


@contextmanager
def capture(level: str = "trace", limits: Limits = _DEFAULT) -> Iterator[Captured]:
    """
    Record into memory until the end of the ``with``, whatever ``init`` the program calls inside.

    A session that runs is shut down first and not started again: in tests nothing goes out.
    """
    api.shutdown(0)
    memory = _Memory()
    settings: dict[str, Any] = {"level": level, "limits": limits, "state_dir": NO_STATE}
    settings |= {"service": "test", "flush_interval_s": FLUSH_INTERVAL_S_MAX}
    off = {"last_words": False, "on_sigterm": False, "system_metrics": False}
    rest = dict.fromkeys(("endpoint", "properties", "api_key", "spool_dir"))
    api.start_session(checked({}, **settings, **off, **rest), connection=memory)
    try:
        yield Captured(memory)
    finally:
        api.shutdown(_FLUSH_TIMEOUT_S)


def _only(found: Sequence[_E], wanted: str, there: Sequence[str]) -> _E:
    if len(found) != 1:
        known = ", ".join(map(repr, dict.fromkeys(there))) or "nothing"
        raise AssertionError(f"{len(found)} of {wanted!r}; there is {known}")
    return found[0]
