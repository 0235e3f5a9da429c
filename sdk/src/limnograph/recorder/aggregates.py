"""
What counters and gauges have in common: a value kept in the object, told once at each flush.

Rule: one lock guards all values. It is held for one addition or one assignment of numbers, during
which no code of the application runs; a signal handler that counts takes it again.
"""

from typing import Any, Self

from limnograph.limits import AGGREGATES_MAX, LABELS_MAX
from limnograph.recorder.instruments import Instrument
from limnograph.recorder.state import STATE
from limnograph.recorder.texts import freeze, property_text

OVERFLOW = {"limnograph.overflow": "true"}
"""The properties under which a metric's surplus label sets are kept together."""


class Aggregate(Instrument):
    """
    A named value; make it once, at module level, and change it from anywhere.

    Attributes:
        properties: What tells its rows from those of the metric's other label sets.
        root: The metric that this is a part of, or itself.
        kept: Whether there is room for its value; without, each call counts as a failure.
    """

    __slots__ = ("_children", "kept", "properties", "root")

    def __init__(self, name: str, unit: str, target: str, file: str, line: int) -> None:
        super().__init__(name, unit, target, file, line)
        self.properties: dict[str, Any] | None = None
        self.root = self
        self._children: dict[object, Self] = {}
        self.kept = len(STATE.aggregates) < AGGREGATES_MAX
        if self.kept:
            STATE.aggregates.append(self)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.root is self:
            return super().__reduce__()
        return (part_of, (self.root, self.properties))

    def ready(self) -> bool:
        """Say whether there is room for the value, and see to it that somebody will drain it."""
        if not self.kept:
            STATE.failures += 1
        elif not STATE.aggregating:
            STATE.begin_aggregating()
        return self.kept

    def take(self) -> float | None:
        """Return what is to be told now, None when nothing changed. Drainer only."""
        raise NotImplementedError

    def forget(self) -> None:
        """Be as if never used: the value belongs to the parent of a fork."""
        raise NotImplementedError

    def labels(self, /, **properties: object) -> Self:
        """
        Return the part of this metric that has *properties*, always the same object for the same.

        Keep it where the properties are known beforehand: using it costs no more than a metric
        without any. Sets of labels beyond the bound share one part, marked as overflow.
        """
        try:
            return self._labelled(properties)
        except Exception:
            STATE.failures += 1
            return self

    def _labelled(self, properties: dict[str, Any]) -> Self:
        root: Any = self.root
        merged = {**(self.properties or {}), **properties}
        freeze(merged)
        texts = {
            key: value if type(value) is str else property_text(value)
            for key, value in merged.items()
        }
        if not texts:
            found: Self = root
            return found
        key: object = tuple(sorted(texts.items()))
        child: Self | None = root.child(key)
        if child is not None:
            return child
        return root.adopt(key, texts)  # type: ignore[no-any-return]

    def child(self, key: object) -> Self | None:
        """Return the part known by *key*."""
        return self._children.get(key)

    def adopt(self, key: object, properties: dict[str, str]) -> Self:
        """Return the part for *key*, made now if another thread has not."""
        with STATE.lock:
            if len(self._children) >= LABELS_MAX:
                key, properties = "overflow", OVERFLOW
            child = self._children.get(key)
            if child is None:
                child = type(self)(self.name, self.unit, self.target, self.file, self.line)
                child.properties, child.root = dict(properties), self
                self._children[key] = child
        return child


def part_of(root: Aggregate, properties: dict[str, str]) -> Aggregate:
    """Return the part of *root* with these labels: what a pickled part is made by."""
    return root.labels(**properties)


def number(value: Any) -> float | None:
    """Return *value* as an int of 64 bits or a float; None and a failure when it is neither."""
    if type(value) is float:
        return value
    try:
        if isinstance(value, int) and -(2**63) <= value < 2**63:
            return int(value)
        return float(value)
    except (TypeError, ValueError, OverflowError):
        STATE.failures += 1
        return None


def changes(now: int) -> list[tuple[int, Aggregate, float, dict[str, Any] | None]]:
    """Return a metric event for each aggregate that changed since the last call. Drainer only."""
    found = []
    for aggregate in list(STATE.aggregates):
        value = aggregate.take()
        if value is not None:
            found.append((now, aggregate, value, aggregate.properties))
    return found
