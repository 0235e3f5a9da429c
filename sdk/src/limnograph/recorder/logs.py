"""Log events: level check, site, arguments kept or formatted, one append."""

from sys import _getframe
from typing import Any

from limnograph.recorder.levels import DEBUG, ERROR, FATAL, INFO, TRACE, WARNING
from limnograph.recorder.open_spans import placed
from limnograph.recorder.sites import SITES, foreign_site, log_site
from limnograph.recorder.state import LOCAL, STATE, Buffer, own, ticks
from limnograph.recorder.texts import cut, deferrable, formatted, freeze, text_of


class Log:
    """
    The application's log.

        log.info("user %s bought %d", name, n, order=7)

    Levels are fatal, error, warning, info, debug and trace.
    Each method takes a message, ``%``-style arguments for it, and properties by name. Arguments
    that are plain scalars are formatted later, off the application's thread. Nothing raises: an
    error in formatting is recorded in place of the message.
    """

    __slots__ = ()

    def __reduce__(self) -> str:
        return "LOG"  # copied or pickled, the log is the log

    def trace(self, msg: str, /, *args: object, **properties: object) -> None:
        """Record a step so fine that it is only of interest while hunting one fault."""
        if STATE.level >= TRACE:
            _write(TRACE, msg, args, properties)

    def debug(self, msg: str, /, *args: object, **properties: object) -> None:
        """Record what a developer wants to know."""
        if STATE.level >= DEBUG:
            _write(DEBUG, msg, args, properties)

    def info(self, msg: str, /, *args: object, **properties: object) -> None:
        """Record what normally happens."""
        if STATE.level >= INFO:
            _write(INFO, msg, args, properties)

    def warning(self, msg: str, /, *args: object, **properties: object) -> None:
        """Record what may become a fault."""
        if STATE.level >= WARNING:
            _write(WARNING, msg, args, properties)

    def error(self, msg: str, /, *args: object, **properties: object) -> None:
        """Record that something asked for was not done."""
        if STATE.level >= ERROR:
            _write(ERROR, msg, args, properties)

    def fatal(self, msg: str, /, *args: object, **properties: object) -> None:
        """Record why the program cannot go on."""
        if STATE.level >= FATAL:
            _write(FATAL, msg, args, properties)


LOG = Log()


def _write(level: int, msg: Any, args: tuple[Any, ...], properties: dict[str, Any]) -> None:
    now = ticks()
    try:
        frame = _getframe(2)
    except ValueError:  # a thread whose function is ours: no Python code called it
        frame = None
    try:
        try:
            buffer: Buffer = LOCAL.log
        except AttributeError:
            buffer = STATE.enter_thread().log
        if len(buffer) >= buffer.limit and not buffer.admit():
            return
        site = None if frame is None else SITES.get((id(frame.f_code), frame.f_lasti))
        size = 0
        if site is None or site.msg is not msg:
            if type(msg) is not str:
                msg = text_of(msg)
            site = log_site(frame, msg)
            msg = cut(msg)
            size = len(msg)
        if args:
            held = deferrable(args)
            if held < 0:
                msg, args = formatted(msg, args), ()
                held = len(msg)
            size += held
        if properties:
            size += freeze(properties)
        if size:
            buffer = own(buffer, LOCAL.log)
            if not buffer.weigh(size):
                return
        span_id, found = placed(properties)
        buffer.append((now, site, level, msg, args, found, span_id))
    except Exception:
        STATE.failures += 1


def record_foreign(
    level: int,
    location: tuple[str, int, str],
    msg: str,
    args: Any,
    properties: dict[str, Any],
) -> None:
    """
    Record an event of another logging library.

    Args:
        level: 1 (fatal) to 6 (trace).
        location: File, line, and logger name.
        msg: Template for *args*.
        args: A sequence, or a mapping for ``%(name)s``.
        properties: Will be owned by the event.
    """
    if STATE.level < level:
        return
    now = ticks()
    try:
        try:
            buffer: Buffer = LOCAL.log
        except AttributeError:
            buffer = STATE.enter_thread().log
        if len(buffer) >= buffer.limit and not buffer.admit():
            return
        site = foreign_site(*location, msg)
        msg = cut(msg)
        if isinstance(args, dict):
            args = (args,) if args else ()
        if args and deferrable(args) < 0:
            msg, args = formatted(msg, args), ()
        size = len(msg) + deferrable(args) + freeze(properties)
        buffer = own(buffer, LOCAL.log)
        if not buffer.weigh(size):
            return
        span_id, found = placed(properties)
        buffer.append((now, site, level, msg, args, found, span_id))
    except Exception:
        STATE.failures += 1
