"""Metrics: a named site whose ``record`` appends one number."""

from typing import Any

from limnograph.recorder.instruments import Instrument
from limnograph.recorder.open_spans import placed
from limnograph.recorder.sites import caller, made
from limnograph.recorder.state import LOCAL, STATE, Buffer, own, ticks
from limnograph.recorder.texts import freeze


class Metric(Instrument):
    """One measured quantity; make it once, at module level, and record into it from anywhere."""

    __slots__ = ()

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
            if properties:
                size = freeze(properties)
                buffer = own(buffer, LOCAL.metrics)
                if not buffer.weigh(size):
                    return
            found = placed(properties)[1] if STATE.traces else properties or None
            buffer.append((now, self, value, found))
        except Exception:
            STATE.failures += 1


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def metric(name: str, unit: str = "") -> Metric:
    """
    Return the metric *name*, measured in *unit*.

        LATENCY = metric("latency", "ms")
        LATENCY.record(12.5, route="/checkout")

    Calls from one place with one name return one object.
    """
    return made(Metric, name, unit, caller())
