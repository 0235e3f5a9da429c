"""Metrics: a named site whose ``record`` appends one number."""

from sys import _getframe
from typing import Any

from limnograph.limits import NAME_CHARS_MAX, SITES_MAX
from limnograph.recorder.sites import named
from limnograph.recorder.state import LOCAL, STATE, Buffer, ticks
from limnograph.recorder.texts import freeze, text_of


class Metric:
    """One measured quantity; make it once, at module level, and record into it from anywhere."""

    __slots__ = ("file", "line", "name", "owner", "target", "unit")

    def __init__(self, name: str, unit: str, target: str, file: str, line: int) -> None:
        self.name, self.unit = name, unit
        self.target, self.file, self.line = target, file, line
        self.owner: object = None

    def record(self, value: float, /, **properties: object) -> None:
        """
        Record *value*, in the metric's unit.

        What is no number is not recorded but counted as a failure. Properties cost more than the
        value: use them for what a query must tell apart.
        """
        if not STATE.active:
            return
        now = ticks()
        try:
            try:
                buffer: Buffer = LOCAL.metrics
            except AttributeError:
                buffer = STATE.enter_thread().metrics
            if len(buffer) >= buffer.limit and not buffer.admit():
                return
            if type(value) is not float:
                number = _number(value)
                if number is None:
                    STATE.failures += 1
                    return
                value = number
            if properties and not buffer.weigh(freeze(properties)):
                return
            buffer.append((now, self, value, properties or None))
        except Exception:
            STATE.failures += 1


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


_METRICS: dict[tuple[str, str, int, int], Metric] = {}


def metric(name: str, unit: str = "") -> Metric:
    """
    Return the metric *name*, measured in *unit*.

    Calls from one place with one name return one object.
    """
    frame = _getframe(1)
    key = (name, unit, id(frame.f_code), frame.f_lasti)
    try:
        known = _METRICS.get(key)
    except TypeError:
        return metric(text_of(name), text_of(unit))
    if known is None:
        text, target, file, line = named(frame, name)
        known = Metric(text, text_of(unit)[:NAME_CHARS_MAX], target, file, line)
        known.owner = frame.f_code
        if len(_METRICS) < SITES_MAX:
            _METRICS[key] = known
    return known
