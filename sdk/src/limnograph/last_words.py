"""
Exceptions that nobody handles, logged at fatal before whoever reports them otherwise.

Rule: a hook does nothing but record and then call the hook that was there; it never raises.
"""

import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from limnograph import faults, recorder
from limnograph.recorder.levels import FATAL, INFO

_TARGET = "limnograph.last_words"
_LOOPS = (("asyncio.base_events", "BaseEventLoop"), ("uvloop", "Loop"))
"""Event loops whose default exception handler is followed, by module."""


class _Hooks:
    installed = False
    loops: set[str] = set()  # noqa: RUF012 - process-wide like the hooks themselves
    enabled = False


def install() -> None:
    """Put the hooks before those of the interpreter, the threads, and the event loops."""
    _Hooks.enabled = True
    if not _Hooks.installed:
        _Hooks.installed = True
        sys.excepthook = _before_main(sys.excepthook)
        threading.excepthook = _before_thread(threading.excepthook)
        sys.unraisablehook = _before_unraisable(sys.unraisablehook)
    follow_loops()


def silence() -> None:
    """Record nothing more; the hooks stay where others may have put theirs before them."""
    _Hooks.enabled = False


def follow_loops() -> None:
    """Do the same for event loops; again and again, as asyncio may be imported later than us."""
    if not _Hooks.enabled:
        return
    for module, name in _LOOPS:
        loop = getattr(sys.modules.get(module), name, None)
        if loop is not None and module not in _Hooks.loops:
            _Hooks.loops.add(module)
            try:
                handler = loop.default_exception_handler
                loop.default_exception_handler = _before_loop(handler)
            except (AttributeError, TypeError) as exc:
                faults.count(exc)


def _before_main(
    before: Callable[[type[BaseException], BaseException, TracebackType | None], Any],
) -> Callable[[type[BaseException], BaseException, TracebackType | None], Any]:
    def excepthook(
        kind: type[BaseException], failure: BaseException, traceback: TracebackType | None
    ) -> None:
        _record(failure, traceback, "the main thread")
        before(kind, failure, traceback)

    return excepthook


def _before_thread(before: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def excepthook(args: Any) -> None:
        if args.exc_type is not SystemExit:
            thread = getattr(args.thread, "name", "a thread that is gone")
            _record(args.exc_value, args.exc_traceback, f"thread {thread}")
        before(args)

    return excepthook


def _before_unraisable(before: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def unraisablehook(args: Any) -> None:
        name = getattr(args.object, "__qualname__", None) or type(args.object).__name__
        _record(args.exc_value, args.exc_traceback, args.err_msg or f"what calls {name}")
        before(args)

    return unraisablehook


def _before_loop(before: Callable[[Any, dict[str, Any]], Any]) -> Callable[..., Any]:
    def default_exception_handler(loop: Any, context: dict[str, Any]) -> Any:
        failure = context.get("exception")
        if failure is not None:
            where = str(context.get("message", "the event loop"))
            _record(failure, failure.__traceback__, where)
        return before(loop, context)

    return default_exception_handler


@faults.guarded
def _record(failure: BaseException | None, traceback: TracebackType | None, where: str) -> None:
    """Record one unhandled exception, at the place where it was raised."""
    if not _Hooks.enabled or failure is None:
        return
    if isinstance(failure, KeyboardInterrupt):
        recorder.record_foreign(INFO, ("", 0, _TARGET), "interrupted in %s", (where,), {})
        return
    from traceback import format_exception

    from limnograph.integrations.exceptions import exception_properties

    stacktrace = "".join(format_exception(type(failure), failure, traceback))
    file, line = "", 0
    while traceback is not None:
        file, line = traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next
    properties = {**exception_properties(failure, stacktrace), "exception.where": where}
    text = properties["exception.message"]
    args = (type(failure).__qualname__, text)
    recorder.record_foreign(FATAL, (file, line, _TARGET), "unhandled %s: %s", args, properties)
