"""The parts of spans in C that are no hot path: making them, traces, spans measured elsewhere."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar, overload

from limnograph.recorder.finished_spans import FinishedSpans
from limnograph.recorder.sites import caller, made, made_for
from limnograph.recorder.traces import TraceContext
from limnograph.recorder.watching import CAN_WATCH as INTERPRETER_CAN_WATCH
from limnograph.recorder.watching import Backend, use

if TYPE_CHECKING:  # importing it would bring the other recorder along
    from limnograph.recorder.spans import Span as SpanType

_native: Any = import_module("limnograph._recorder")
_F = TypeVar("_F", bound=Callable[..., Any])

Span, OpenSpan, Remote = _native.Span, _native.SpanUse, _native.Remote
TraceLevel = _native.TraceLevel
is_active, count_failure = _native.is_active, _native.count_failure
current_span, reserve_span_id = _native.current_span, _native.reserve_span_id


@overload
def span(name: str) -> "SpanType": ...
@overload
def span(name: _F) -> _F: ...
def span(name: str | _F) -> Any:
    """
    Return the span *name*; as a decorator, ``@span``, put one round a function.

    Calls from one place with one name return one object. The span of a function has its
    qualified name.
    """
    if isinstance(name, str) or not (callable(name) or isinstance(name, classmethod)):
        return made(Span, name, "", caller())
    return made_for(Span, name)(name)


def current_trace() -> TraceContext | None:
    """Return where the running thread or task stands in its trace; a span then records its ids."""
    place = _native.current_place()
    if place is None:
        return None
    trace_id, span_id, remote = place
    if span_id is None or remote is None:
        return TraceContext(trace_id, span_id) if remote is None else remote
    found: TraceContext = remote._replace(span_id=span_id)
    return found


def trace_place() -> TraceContext | None:
    """Return the innermost place in a trace that is known; None outside of a trace."""
    found = _native.trace_place()
    if found is None or isinstance(found, TraceContext):
        return found
    return TraceContext(*found)


_FINISHED = FinishedSpans(
    Span,
    is_active,
    _native.ticks,
    reserve_span_id,
    _native.put_span,
    count_failure,
)
record_foreign_span, record_span = _FINISHED.record_foreign_span, _FINISHED.record_span

CAN_WATCH = INTERPRETER_CAN_WATCH and hasattr(_native, "note_code")
"""Whether the interpreter can tell when a chosen code object runs."""

if CAN_WATCH:
    use(
        Backend(
            _native.run_started,
            _native.run_yielded,
            _native.run_resumed,
            _native.run_returned,
            _native.run_unwound,
            _native.note_code,
            _native.is_span_open,
        )
    )
