"""
Traces that go through several processes: W3C trace context in and out of a carrier of headers.

    from limnograph import propagation

    with propagation.attached(propagation.extract(request.headers)), HANDLE:
        headers = {}
        propagation.inject(headers)          # what the next service gets

A span has its W3C ids only when somebody asks for them, by ``inject``, ``current`` or the
``trace_id`` of a handle: they are derived from its number, and the span then records them as the
properties ``trace_id`` and ``span_id``. A span whose parent is in another process records
``parent_span_id`` besides.
"""

import re
from collections.abc import Mapping, MutableMapping
from types import TracebackType

from limnograph import recorder
from limnograph.limits import TRACE_STATE_CHARS_MAX
from limnograph.recorder.traces import TraceContext

__all__ = ["TraceContext", "attached", "current", "extract", "inject"]

_PARENT = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})"
    r"(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_SAMPLED = 1


def extract(carrier: Mapping[str, str]) -> TraceContext | None:
    """Return the trace context that the headers of *carrier* tell; None when they tell none."""
    try:
        found = _PARENT.fullmatch(_header(carrier, "traceparent").strip())
        if found is None or (found["version"] == "00" and found["more"]):
            return None
        state = _header(carrier, "tracestate").strip()
        return TraceContext(
            trace_id=found["trace"],
            span_id=found["span"],
            sampled=bool(int(found["flags"], 16) & _SAMPLED),
            state=state if _fit_to_pass_on(state) else "",
        )
    except Exception:  # a carrier that is no mapping of texts tells nothing
        return None


def _header(carrier: Mapping[str, str], name: str) -> str:
    value = carrier.get(name)
    if value is None:
        value = next((carrier[key] for key in carrier if str(key).lower() == name), "")
    return value


def _fit_to_pass_on(state: str) -> bool:
    return len(state) <= TRACE_STATE_CHARS_MAX and state.isascii() and state.isprintable()


def current() -> TraceContext | None:
    """Return the place of the running thread or task in its trace; None outside of any span."""
    return recorder.current_trace()


def inject(carrier: MutableMapping[str, str]) -> None:
    """Write ``traceparent`` and ``tracestate`` of the current span, if any, to *carrier*."""
    found = current()
    if found is None:
        return
    flags = _SAMPLED if found.sampled else 0
    carrier["traceparent"] = f"00-{found.trace_id}-{found.span_id}-{flags:02x}"
    if found.state:
        carrier["tracestate"] = found.state


class attached:  # noqa: N801 - used like a function
    """
    Let the spans that are opened inside, in this thread or task, be part of a remote trace.

    The outermost of them have *context* as their parent. None changes nothing, so that what
    ``extract`` returned can be given as it is.
    """

    __slots__ = ("_context", "_levels")

    def __init__(self, context: TraceContext | None) -> None:
        self._context = context if isinstance(context, TraceContext) else None
        self._levels: list[recorder.Remote] = []

    def __enter__(self) -> TraceContext | None:
        if self._context is not None:
            self._levels.append(recorder.Remote(self._context))
        return self._context

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._levels:
            self._levels.pop().leave()
