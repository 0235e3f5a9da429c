"""
The garbage collector: how often, how much, and how long it held the program.

Rule: the callback runs inside the collector, on whichever thread set it off, in the middle of
anything: it only adds numbers up.
"""

import gc
from collections.abc import Iterator
from time import perf_counter

from limnograph.system_metrics.reading import Reading

_COUNTS = (
    ("collections", "cpython.gc.collections", "{collection}"),
    ("collected", "cpython.gc.collected_objects", "{object}"),
    ("uncollectable", "cpython.gc.uncollectable_objects", "{object}"),
)


class Pauses:
    """How long the collections of each generation took."""

    def __init__(self) -> None:
        generations = len(gc.get_stats())
        self._began = 0.0
        self._total_s = [0.0] * generations
        self._longest_s = [0.0] * generations

    def watch(self) -> None:
        """Measure from now on; again is harmless."""
        if self not in gc.callbacks:
            gc.callbacks.append(self)

    def stop(self) -> None:
        """Measure no more."""
        if self in gc.callbacks:
            gc.callbacks.remove(self)

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        """Note the beginning or the end of a collection; called by the collector."""
        if phase == "start":
            self._began = perf_counter()
            return
        generation = info["generation"]
        took_s = perf_counter() - self._began
        self._total_s[generation] += took_s
        self._longest_s[generation] = max(self._longest_s[generation], took_s)

    def readings(self) -> Iterator[Reading]:
        """Yield the time of each generation, all in all and the longest since the last look."""
        for generation, total_s in enumerate(self._total_s):
            told = _generation(generation)
            yield Reading("cpython.gc.pause.time", "s", total_s, True, told)
            longest_s, self._longest_s[generation] = self._longest_s[generation], 0.0
            if longest_s:
                yield Reading("cpython.gc.pause.max", "s", longest_s, False, told)


def counts() -> Iterator[Reading]:
    """Yield what the collector counts itself."""
    for generation, stats in enumerate(gc.get_stats()):
        for key, name, unit in _COUNTS:
            yield Reading(name, unit, stats[key], True, _generation(generation))


def _generation(number: int) -> dict[str, str]:
    return {"cpython.gc.generation": str(number)}
