"""
What the recorder in Python does when a watched code object runs: its spans begin, pause and end.

Its span is known by the frame that runs. While a generator is suspended nothing of ours refers to
the frame, which lives as long as its generator: a reference would keep both.
"""

import os
from sys import _getframe
from types import CodeType, FrameType
from typing import TYPE_CHECKING

from limnograph.limits import OPEN_SPANS_MAX
from limnograph.recorder.open_spans import OpenSpan, is_coroutine, opened_by
from limnograph.recorder.state import STATE
from limnograph.recorder.watching import WATCHED, Backend

if TYPE_CHECKING:
    from limnograph.recorder.spans import Span

_CO_COROUTINE = 0x80

_SUSPENDED: dict[int, OpenSpan] = {}
"""The spans of suspended generators and coroutines, by the id of the frame."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_SUSPENDED.clear)


def _is_open(site: "Span") -> bool:
    opened = [span for thread in list(STATE.threads) for span in list(thread.open.values())]
    return any(one.site is site for one in (*opened, *_SUSPENDED.values()))


def _started(code: CodeType, _offset: int) -> None:
    if not STATE.active:
        return
    try:
        frame, (_, span) = _getframe(1), WATCHED[id(code)]
        _SUSPENDED.pop(id(frame), None)
        if span is not None:
            OpenSpan(span, frame, None)
    except Exception:
        STATE.failures += 1


def _yielded(code: CodeType, _offset: int, _value: object) -> None:
    try:
        frame = _getframe(1)
        opened = opened_by(frame)
        if opened is not STATE.current.get() or len(_SUSPENDED) >= OPEN_SPANS_MAX:
            return  # a span inside stays open over the yield, or none was begun
        opened.step_out()
        opened.opener = None
        if not code.co_flags & _CO_COROUTINE:
            opened.home.pop(opened.id, None)
        _SUSPENDED[id(frame)] = opened
    except Exception:
        STATE.failures += 1


def _resumed(_code: CodeType, _offset: int, _failure: object = None) -> None:
    try:
        frame: FrameType = _getframe(1)
        opened = _SUSPENDED.pop(id(frame), None)
        if opened is not None and not opened.ended:
            opened.opener = frame
            opened.step_in()
            opened.home[opened.id] = opened
    except Exception:
        STATE.failures += 1


def _returned(_code: CodeType, _offset: int, _value: object) -> None:
    _ended(_getframe(1), None)


def _unwound(code: CodeType, _offset: int, failure: BaseException) -> None:
    if id(code) in WATCHED:
        _ended(_getframe(1), failure)


def _ended(frame: FrameType, failure: BaseException | None) -> None:
    try:
        opened = _SUSPENDED.pop(id(frame), None) or opened_by(frame)
        opened.end(failure, coroutine=is_coroutine(frame.f_code))
        opened.opener = None  # the frame must not live as long as what began inside
    except Exception:
        STATE.failures += 1


def _nothing(_code: CodeType, _span: "Span | None") -> None:
    """Be told: the callbacks look it up themselves."""


RUNS: Backend = Backend(_started, _yielded, _resumed, _returned, _unwound, _nothing, _is_open)
