"""
One call into a library or one request served: a span, and its duration as a metric.

The span is a trace span unless the settings say otherwise, and never both.

Rule: nothing here raises. An ``Operation`` exists only while the SDK records; who holds None
instead of one has nothing to do.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from weakref import ref

from limnograph import api, faults
from limnograph.limits import OPERATION_NAMES_MAX
from limnograph.propagation import TraceContext, attached
from limnograph.recorder import Metric, Span
from limnograph.trace_span import Kind, TraceSpan

Attributes = dict[str, Any]


def recording() -> bool:
    """Whether the SDK records in this process: asked before anything else is done."""
    return api.process_id() is not None


class Names:
    """
    The spans of one integration, by name.

    Names may come from outside (a method that nobody knows): there are at most
    OPERATION_NAMES_MAX, and further ones share a span.
    """

    def __init__(self, make: Callable[[str], Span], other: str) -> None:
        self._make, self._other = make, other
        self._known: dict[str, Span] = {}

    def __getitem__(self, name: str) -> Span:
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= OPERATION_NAMES_MAX:
                return self._make(self._other)
            known = self._known[name] = self._make(name)
        return known


class Operation:
    """
    A span that is open, and when it began.

    Attributes:
        attributes: What is known so far; the metric gets those that it is kept by.
    """

    __slots__ = (
        "__weakref__", "_attached", "_began_s", "_current", "_duration", "_measured_s", "_over",
        "_use", "attributes",
    )  # fmt: skip

    def __init__(
        self,
        span: Span,
        duration: Metric | None,
        attributes: Attributes,
        remote: TraceContext | None = None,
        kind: Kind = "client",
    ) -> None:
        self.attributes = attributes
        traced = api.traces_requests()
        self._attached = None if remote is None or traced else attached(remote)
        if self._attached is not None:
            self._attached.__enter__()
        self._duration = duration
        self._measured_s = -1.0
        self._over = True
        self._use: Any = (
            TraceSpan(span.name, kind, span.target, remote, (), {}) if traced else span()
        )
        self._current: Any = self._use.__enter__()
        self._over = False
        self._began_s = time.perf_counter()

    def cover(self) -> None:
        """Let what lower layers do for it not be recorded a second time."""
        _COVERING.set(ref(self))

    def set(self, attributes: Attributes) -> None:
        """Add attributes; the span gets them all at once when it ends."""
        self.attributes.update(attributes)

    @faults.guarded
    def fail(self, kind: str) -> None:
        """Mark it as failed without an exception: *kind* is the ``error.type``."""
        self.attributes["error.type"] = kind
        self._current.fail()

    @faults.guarded
    def rename(self, span: Span) -> None:
        """Let it be one of *span*."""
        self._current.rename(span.name if isinstance(self._use, TraceSpan) else span)

    def measure(self) -> None:
        """Let the duration end here, although the span goes on."""
        self._measured_s = time.perf_counter() - self._began_s

    @faults.guarded
    def end(
        self,
        kept: tuple[str, ...] = (),
        failure: BaseException | None = None,
        message: str | None = None,
    ) -> None:
        """
        Close the span, and record the duration with the attributes named in *kept*; once.

        Args:
            kept: Few, of few values each: every combination is a series of its own.
            failure: The exception that ended it; the caller goes on to raise it.
            message: What may be kept of the exception's text, where that is not all of it.
        """
        if self._over:
            return
        self._over = True
        if self._measured_s < 0.0:
            self.measure()
        try:
            if failure is not None and not isinstance(failure, GeneratorExit):
                failure = self._describe(failure, message)
            self._current.set(**self.attributes)
        finally:
            self._use.__exit__(type(failure) if failure else None, failure, None)
            if self._attached is not None:
                self._attached.__exit__(None, None, None)
        if self._duration is not None:
            known = self.attributes
            self._duration.record(
                self._measured_s, **{name: known[name] for name in kept if name in known}
            )

    def _describe(self, failure: BaseException, message: str | None) -> BaseException | None:
        """Add the exception to the attributes; return it unless its text must not be kept."""
        self.attributes["error.type"] = error_type(failure)
        if message is None:
            return failure
        self.attributes["exception.type"] = type(failure).__qualname__
        self.attributes["exception.message"] = message
        self._current.fail()
        return None

    def __del__(self) -> None:
        # Who holds it was dropped without an end: the span must not stay the current one.
        if not getattr(self, "_over", True):
            self.end()


_COVERING: "ContextVar[ref[Operation] | None]" = ContextVar("limnograph_covering", default=None)


def covered() -> bool:
    """Whether a layer above records what is about to be done."""
    found = _COVERING.get()
    operation = found() if found is not None else None
    return operation is not None and not operation._over  # noqa: SLF001 - this module's own


def error_type(failure: BaseException) -> str:
    """Return the exception's full name, as ``error.type`` wants it."""
    kind = type(failure)
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"
