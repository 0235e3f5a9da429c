"""
loguru into the lake: a sink.

    limnograph.integrations.loguru.instrument()

adds it to loguru's logger beside whatever sinks there are, for all levels. The SDK's own level
decides what is kept.
"""

import threading
from typing import TYPE_CHECKING

from loguru import logger

from limnograph import faults
from limnograph.integrations.exceptions import exception_properties
from limnograph.integrations.logging import level_of
from limnograph.integrations.operation import recording
from limnograph.recorder import record_foreign
from limnograph.recorder.texts import text_of

if TYPE_CHECKING:
    from loguru import Message, Record


class _Added:
    """The number under which loguru knows our sink."""

    lock = threading.Lock()
    number: int | None = None


def instrument() -> None:
    """Let everything that loguru's logger takes be recorded."""
    with _Added.lock:
        if _Added.number is None:
            _Added.number = logger.add(sink, level=0, format=_nothing, diagnose=False)


def uninstrument() -> None:
    """Take the sink away again; others stay."""
    with _Added.lock:
        number, _Added.number = _Added.number, None
    if number is not None:
        try:
            logger.remove(number)
        except ValueError:  # the application removed all sinks: ours is gone already
            return


def sink(message: "Message") -> None:
    """
    Record one event: a sink for ``logger.add(sink, format="")``.

    Bound and contextual values are properties, the name of the module is the target, an exception
    becomes ``exception.type``, ``exception.message`` and ``exception.stacktrace``.
    """
    if recording():
        _record(message.record)


@faults.guarded
def _record(record: "Record") -> None:
    properties = {str(key): value for key, value in record["extra"].items()}
    caught = record["exception"]
    if caught is not None and caught.value is not None:
        properties.update(exception_properties(caught.value))
    level = record["level"]
    if level.name not in _PLAIN:
        properties["level"] = level.name
    location = (record["file"].path, record["line"], text_of(record["name"] or ""))
    record_foreign(level_of(level.no), location, record["message"], (), properties)


_PLAIN = frozenset({"TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})
"""Levels that say no more than ours; the name of another (SUCCESS) is kept as a property."""


def _nothing(_record: "Record") -> str:
    """Return no format: the text that loguru would lay out is not looked at."""
    return ""
