"""Gauges: what goes up and down, kept in the object; each flush tells the last value."""

from typing import Any

from limnograph.recorder.aggregates import Aggregate, number
from limnograph.recorder.sites import caller, made
from limnograph.recorder.state import STATE


class Gauge(Aggregate):
    """
    How much of something there is now; make it once, at module level.

    Each flush in which it was set or changed makes one row of ``measures`` with its last value.
    """

    __slots__ = ("_changed", "_value")

    def __init__(self, name: str, unit: str, target: str, file: str, line: int) -> None:
        self._value, self._changed = 0.0, False
        super().__init__(name, unit, target, file, line)

    def set(self, value: float, /, **properties: object) -> None:
        """
        Have *value* from now on.

        What is no number leaves the gauge as it is and counts as a failure. Properties choose a
        part of the gauge, as ``labels`` does.
        """
        if not STATE.active:
            return
        if properties:
            self.labels(**properties).set(value)
            return
        try:
            self._change(value, kept=False)
        except Exception:
            STATE.failures += 1

    def add(self, n: float = 1, /, **properties: object) -> None:
        """Have *n* more than before, or less when it is negative; a gauge starts at 0."""
        if not STATE.active:
            return
        if properties:
            self.labels(**properties).add(n)
            return
        try:
            self._change(n, kept=True)
        except Exception:
            STATE.failures += 1

    def _change(self, n: Any, *, kept: bool) -> None:
        """Let the gauge have *n*, and what it had before if that is *kept*."""
        value = number(n)
        if value is None or not self.ready():
            return
        with STATE.lock:
            self._value = self._value + value if kept else float(value)
            self._changed = True

    def take(self) -> float | None:
        """Return the value if it was set since the last call, else None. Drainer only."""
        with STATE.lock:
            changed, self._changed = self._changed, False
            return self._value if changed else None

    def forget(self) -> None:
        """Be as if never used: the value belongs to the parent of a fork."""
        self._value, self._changed = 0.0, False


def gauge(name: str, unit: str = "") -> Gauge:
    """
    Return the gauge *name*, measured in *unit*.

        DEPTH = gauge("queue.depth", "jobs")
        DEPTH.set(17)

    Calls from one place with one name return one object.
    """
    return made(Gauge, name, unit, caller())
