"""The standard library's ``logging`` into the lake: one handler."""

import logging
from typing import Any

from limnograph.integrations.exceptions import exception_properties
from limnograph.integrations.operation import recording
from limnograph.integrations.patches import Patches
from limnograph.recorder import record_foreign
from limnograph.recorder.levels import DEBUG, ERROR, FATAL, INFO, TRACE, WARNING
from limnograph.recorder.texts import text_of

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


_PATCHES = Patches()


def instrument() -> None:
    """
    Record what every logger of the process hands to its handlers.

    No handler is added anywhere: ``basicConfig`` and the output of a program that configures
    nothing stay as they are. Loggers keep their levels. What a LoggingHandler gets is not
    recorded twice.
    """
    _PATCHES.apply((logging.Logger, "callHandlers", _call_handlers))


def uninstrument() -> None:
    """Put the logger's own method back."""
    _PATCHES.revert()


def _call_handlers(original: Any) -> Any:
    handler = LoggingHandler()

    def callHandlers(logger: logging.Logger, record: logging.LogRecord) -> None:  # noqa: N802
        if _PATCHES.on and not _is_handled(logger):
            handler.emit(record)
        original(logger, record)

    return callHandlers


def _is_handled(logger: logging.Logger) -> bool:
    found: logging.Logger | None = logger
    while found is not None:
        if any(isinstance(one, LoggingHandler) for one in found.handlers):
            return True
        found = found.parent if found.propagate else None
    return False


def level_of(levelno: int) -> int:
    """Return our level, 1 (fatal) to 6 (trace), for a level of ``logging``."""
    for threshold, level in (
        (logging.CRITICAL, FATAL),
        (logging.ERROR, ERROR),
        (logging.WARNING, WARNING),
        (logging.INFO, INFO),
        (logging.DEBUG, DEBUG),
    ):
        if levelno >= threshold:
            return level
    return TRACE


class LoggingHandler(logging.Handler):
    """
    Records what ``logging`` hands it: ``logging.getLogger().addHandler(LoggingHandler())``.

    The logger's name is the target, ``extra`` becomes properties, and an exception the properties
    ``exception.type``, ``exception.message`` and ``exception.stacktrace``. Never raises.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Record one event; nothing when the SDK is not recording or the level is filtered."""
        if not recording():
            return
        try:
            location = (record.pathname, record.lineno, record.name)
            msg = record.msg if type(record.msg) is str else text_of(record.msg)
            record_foreign(
                level_of(record.levelno), location, msg, record.args or (), _properties(record)
            )
        except Exception:
            self.handleError(record)


def _properties(record: logging.LogRecord) -> dict[str, Any]:
    properties: dict[str, Any] = {
        str(key): value for key, value in vars(record).items() if key not in _STANDARD
    }
    failure = record.exc_info[1] if record.exc_info else None
    if failure is not None:
        properties.update(exception_properties(failure, record.exc_text))
    if record.stack_info:
        properties["stack_info"] = record.stack_info
    return properties
