"""
Spans of functions that know nothing of it: local events of ``sys.monitoring`` (CPython 3.12).

A code object that is not watched costs nothing, except that an exception that leaves any function
asks once whether that one is watched: the interpreter has no local event for it. Each run of a
watched code object is a span from its first instruction to its end. A generator or coroutine is
one span too, however often it is suspended; while it is, it is nobody's parent. One that is thrown
away while suspended ends without an event on CPython 3.13, and then is not recorded.
"""

import sys
from collections.abc import Callable
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from limnograph.recorder.spans import Span

CAN_WATCH = sys.version_info >= (3, 12) and sys.implementation.name == "cpython"
"""Whether the interpreter can tell when a chosen code object runs."""

TOOLS = (4, 3)
"""Tool numbers to try: those that the interpreter gives to no kind of tool."""
WATCHED: "dict[int, tuple[CodeType, Span | None]]" = {}
"""By id, each watched code object with its span; None: it begins no more."""


class _Watching:
    """The number that the interpreter knows us by, and what sees to the watched runs."""

    tool = -1
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
    WATCHED[id(code)] = (code, span)
    _Watching.backend.note(code, span)
    events = monitoring.events
    wanted = events.PY_START | events.PY_RETURN | events.PY_YIELD | events.PY_RESUME
    monitoring.set_local_events(_Watching.tool, code, wanted)
    return True


def unwatch(code: CodeType) -> None:
    """Begin no more spans of *code*; those that are open still end with their run."""
    _, span = WATCHED.get(id(code), (code, None))
    if span is None:
        return
    _Watching.backend.note(code, None)
    if _Watching.backend.is_open(span):
        WATCHED[id(code)] = (code, None)
        return
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
    del WATCHED[id(code)]
    monitoring.set_local_events(_Watching.tool, code, 0)
    if not WATCHED:
        monitoring.set_events(_Watching.tool, 0)
        monitoring.free_tool_id(_Watching.tool)
        _Watching.tool = -1


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
