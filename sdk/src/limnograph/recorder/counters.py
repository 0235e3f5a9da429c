"""Counters: what only grows, added up in the object; each flush tells by how much it grew."""

from math import isfinite
from typing import Any

from limnograph.recorder.aggregates import Aggregate, number
from limnograph.recorder.sites import caller, made
from limnograph.recorder.state import STATE

_WHOLE_MAX = 2**53
"""An integer as large as this is added as the float that its row will have."""


class Counter(Aggregate):
    """
    How often or how much of something, in total; make it once, at module level.

    Each flush in which it grew makes one row of ``measures`` with the increase since the flush
    before, so that ``SUM(value)`` over any stretch of time is what was counted in it.
    """

    __slots__ = ("_parts", "_whole")

    def __init__(self, name: str, unit: str, target: str, file: str, line: int) -> None:
        self._whole, self._parts = 0, 0.0
        super().__init__(name, unit, target, file, line)

    def inc(self, n: float = 1, /, **properties: object) -> None:
        """
        Count *n* more.

        What is negative, no finite number or no number is not counted but is a failure.
        Properties choose a part of the counter, as ``labels`` does.
        """
        if not STATE.active:
            return
        if properties:
            self.labels(**properties).inc(n)
            return
        try:
            self._add(n)
        except Exception:
            STATE.failures += 1

    def add(self, n: float, /, **properties: object) -> None:
        """Count *n* more: ``inc`` with the number always said."""
        self.inc(n, **properties)

    def _add(self, n: Any) -> None:
        if type(n) is not int or not 0 <= n < _WHOLE_MAX:
            n = number(n)
            if n is None:
                return
            if n < 0 or not isfinite(n):
                STATE.failures += 1
                return
        if not self.ready():
            return
        with STATE.lock:
            if type(n) is int and n < _WHOLE_MAX:
                self._whole += n
            else:
                self._parts += n

    def take(self) -> float | None:
        """Return the increase since the last call, None when there is none. Drainer only."""
        with STATE.lock:
            increase = self._whole + self._parts
            self.forget()
        return increase or None

    def forget(self) -> None:
        """Be as if never used: what was counted belongs to the parent of a fork."""
        self._whole, self._parts = 0, 0.0


def counter(name: str, unit: str = "1") -> Counter:
    """
    Return the counter *name*, of things measured in *unit*.

        ORDERS = counter("orders")
        ORDERS.inc(2, shop="north")

    Calls from one place with one name return one object.
    """
    return made(Counter, name, unit, caller())
