"""
Spans of functions that know nothing of it: local events of ``sys.monitoring`` (CPython 3.12).

A code object that is not watched costs nothing, except that an exception that leaves any function
asks once whether that one is watched: the interpreter has no local event for it. Each run of a
watched code object is a span from its first instruction to its end. A generator or coroutine is
one span too, however often it is suspended; while it is, it is nobody's parent. One that is thrown
away while suspended ends without an event on CPython 3.13, and then is not recorded.
"""

import os
import sys
from collections.abc import Callable
from sys import _getframe
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from limnograph.limits import OPEN_SPANS_MAX
from limnograph.recorder.open_spans import OpenSpan, opened_by
from limnograph.recorder.state import STATE

if TYPE_CHECKING:
    from limnograph.recorder.spans import Span

CAN_WATCH = sys.version_info >= (3, 12) and sys.implementation.name == "cpython"
"""Whether the interpreter can tell when a chosen code object runs."""

TOOLS = (4, 3)
"""Tool numbers to try: those that the interpreter gives to no kind of tool."""

_CO_COROUTINE = 0x80


class _Watching:
    """The number that the interpreter knows us by, and the span of each watched code object."""

    tool = -1
    spans: "dict[int, tuple[CodeType, Span | None]]" = {}  # noqa: RUF012 - one for the process
    suspended: dict[int, OpenSpan] = {}  # noqa: RUF012
    """By id of the frame, which lives as long as its generator: a reference would keep both."""
    backend: "Backend"


class Backend(NamedTuple):
    """
    What a recorder does when a watched code object runs.

    Attributes:
        started: Called as ``sys.monitoring`` says, as are the others down to ``unwound``.
        note: Told of each code object what its runs are from now on; None: begin no more.
        is_open: Whether a use of the span is open.
    """

    started: Callable[..., object]
    yielded: Callable[..., object]
    resumed: Callable[..., object]
    returned: Callable[..., object]
    unwound: Callable[..., object]
    note: Callable[[CodeType, "Span | None"], object]
    is_open: Callable[["Span"], bool]


def use(backend: Backend) -> None:
    """Let another recorder see to what is watched from now on; nothing may be watched yet."""
    _Watching.backend = backend


def watch(code: CodeType, span: "Span") -> bool:
    """
    Record each run of *code* as a use of *span* from now on.

    Returns:
        Whether it is watched: False where the interpreter cannot or others have taken all numbers.
    """
    if not CAN_WATCH or not _registered():
        return False
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
    _Watching.spans[id(code)] = (code, span)
    _Watching.backend.note(code, span)
    events = monitoring.events
    wanted = events.PY_START | events.PY_RETURN | events.PY_YIELD | events.PY_RESUME
    monitoring.set_local_events(_Watching.tool, code, wanted)
    return True


def unwatch(code: CodeType) -> None:
    """Begin no more spans of *code*; those that are open still end with their run."""
    _, span = _Watching.spans.get(id(code), (code, None))
    if span is None:
        return
    _Watching.backend.note(code, None)
    if _Watching.backend.is_open(span):
        _Watching.spans[id(code)] = (code, None)
        return
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
    del _Watching.spans[id(code)]
    monitoring.set_local_events(_Watching.tool, code, 0)
    if not _Watching.spans:
        monitoring.set_events(_Watching.tool, 0)
        monitoring.free_tool_id(_Watching.tool)
        _Watching.tool = -1


def _is_open(site: "Span") -> bool:
    opened = [span for thread in list(STATE.threads) for span in list(thread.open.values())]
    return any(one.site is site for one in (*opened, *_Watching.suspended.values()))


def _registered() -> bool:
    if _Watching.tool >= 0:
        return True
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
    free = [number for number in TOOLS if monitoring.get_tool(number) is None]
    if not free:
        return False
    tool, events = free[0], monitoring.events
    monitoring.use_tool_id(tool, "limnograph")
    backend = _Watching.backend
    for event, callback in (
        (events.PY_START, backend.started),
        (events.PY_YIELD, backend.yielded),
        (events.PY_RESUME, backend.resumed),
        (events.PY_THROW, backend.resumed),
        (events.PY_RETURN, backend.returned),
        (events.PY_UNWIND, backend.unwound),
    ):
        monitoring.register_callback(tool, event, callback)
    monitoring.set_events(tool, events.PY_UNWIND | events.PY_THROW)
    _Watching.tool = tool
    return True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Watching.suspended.clear)


def _started(code: CodeType, _offset: int) -> None:
    if not STATE.active:
        return
    try:
        frame, (_, span) = _getframe(1), _Watching.spans[id(code)]
        _Watching.suspended.pop(id(frame), None)
        if span is not None:
            OpenSpan(span, frame, None)
    except Exception:
        STATE.failures += 1


def _yielded(code: CodeType, _offset: int, _value: object) -> None:
    try:
        frame = _getframe(1)
        opened = opened_by(frame)
        if opened is not STATE.current.get() or len(_Watching.suspended) >= OPEN_SPANS_MAX:
            return  # a span inside stays open over the yield, or none was begun
        opened.step_out()
        opened.opener = None
        if not code.co_flags & _CO_COROUTINE:
            opened.home.pop(opened.id, None)
        _Watching.suspended[id(frame)] = opened
    except Exception:
        STATE.failures += 1


def _resumed(_code: CodeType, _offset: int, _failure: object = None) -> None:
    try:
        frame: FrameType = _getframe(1)
        opened = _Watching.suspended.pop(id(frame), None)
        if opened is not None and not opened.ended:
            opened.opener = frame
            opened.step_in()
            opened.home[opened.id] = opened
    except Exception:
        STATE.failures += 1


def _returned(_code: CodeType, _offset: int, _value: object) -> None:
    _ended(_getframe(1), None)


def _unwound(code: CodeType, _offset: int, failure: BaseException) -> None:
    if id(code) in _Watching.spans:
        _ended(_getframe(1), failure)


def _ended(frame: FrameType, failure: BaseException | None) -> None:
    try:
        opened = _Watching.suspended.pop(id(frame), None) or opened_by(frame)
        opened.end(failure)
        opened.opener = None  # the frame must not live as long as what began inside
    except Exception:
        STATE.failures += 1


def _nothing(_code: CodeType, _span: "Span | None") -> None:
    """Be told: the callbacks look it up themselves."""


use(Backend(_started, _yielded, _resumed, _returned, _unwound, _nothing, _is_open))
