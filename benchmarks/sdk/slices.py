"""
Measuring tens of nanoseconds on a machine that others use: short slices in turns, CPU time.

Every subject runs a slice of some hundred calls, then the next one does, round after round: what
disturbs one disturbs all. Time is the thread's CPU time, so waiting for a core does not count.
From each the empty loop of its kind is taken off.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import repeat

Run = Callable[[Iterable[None]], object]

CALLS_PER_SLICE = 5_000
WARM_UP = 0.05
"""Part of a slice's calls that are made before it, untimed: caches hold what others did."""

ROUNDS_BETWEEN = 1
"""After so many rounds what was recorded is flushed, outside of the slices."""


def nothing(calls: Iterable[None]) -> None:
    """Run the loop around the calls, and none of them."""
    for _ in calls:
        pass


@dataclass(frozen=True, slots=True)
class Subject:
    """
    Something to measure.

    Attributes:
        run: Does it once for each item of what it is given.
        without: The same without the event; its time is taken off.
        around: Made and entered for each slice, outside of the time taken.
        share: Of the calls of a slice, how many this one makes: less for what takes long.
    """

    run: Run
    without: Run = nothing
    around: Callable[[], AbstractContextManager[object]] = nullcontext
    share: float = 1.0


@dataclass(slots=True)
class Taken:
    """CPU nanoseconds per call, one figure for each slice."""

    slices: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """What it takes on this machine as busy as it is."""
        return statistics.median(self.slices)

    @property
    def quiet(self) -> float:
        """What it takes when nobody disturbs: the lowest tenth."""
        return sorted(self.slices)[len(self.slices) // 10]


def measure(
    subjects: Mapping[str, Subject],
    rounds: int,
    between: Callable[[], object],
    calls: int = CALLS_PER_SLICE,
) -> dict[str, Taken]:
    """Return what each subject took, the loop without the event taken off slice by slice."""
    taken = {name: Taken() for name in subjects}
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds):
            for name, subject in subjects.items():
                count = max(1, int(calls * subject.share))
                with subject.around():
                    with_event = _slice(subject.run, count)
                taken[name].slices.append((with_event - _slice(subject.without, count)) / count)
            if number % ROUNDS_BETWEEN == 0:
                between()
                gc.collect()
    finally:
        gc.enable()
    return taken


def ratio(one: Taken, other: Taken) -> float:
    """Return how many times the other's median the one's is."""
    return one.median / other.median


def quiet_ratio(one: Taken, other: Taken) -> float:
    """Return the same of the lowest tenths."""
    return one.quiet / other.quiet


def spread(taken: Taken) -> Sequence[float]:
    """Return the quartiles, to tell how far the median can be trusted."""
    return statistics.quantiles(taken.slices, n=4)


def _slice(run: Run, count: int) -> int:
    run(repeat(None, 1 + int(count * WARM_UP)))
    items = repeat(None, count)
    begin = time.thread_time_ns()
    run(items)
    return time.thread_time_ns() - begin
