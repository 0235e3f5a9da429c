"""
Which runs to ask for, given the hours that are uncovered. Pure: no clock, no store, no Dagster.

Few runs, because starting one costs seconds of CPU whatever it does: all views of one stretch of
hours share a run. Hours whose last run failed are kept apart, so that they delay nobody.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestration.hours import contiguous, pieces
from orchestration.limits import (
    FAILED_HOUR_WAIT,
    FAILED_HOUR_WAIT_MAX,
    HOURS_PER_RUN_MAX,
    RUNS_PER_TICK_MAX,
)

DOUBLINGS_MAX = 10
"""Doublings of a wait after which it is at its limit in any case; keeps the numbers small."""


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run over a stretch of hours: *first* to *last*, both included."""

    views: tuple[str, ...]
    first: datetime
    last: datetime
    hours: int


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run of the sensor that failed: the hours it had, both ends included, and when it ended."""

    first: datetime
    last: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class Troubled:
    """
    The hours with a failed run behind them.

    Attributes:
        once: Failed once and to be tried again now; perhaps their run was just killed.
        often: Failed more than once and to be tried again now.
        waiting: To be left alone for now.
    """

    once: frozenset[datetime]
    often: frozenset[datetime]
    waiting: frozenset[datetime]


def troubled_hours(
    hours: Iterable[datetime], failed: Sequence[FailedRun], now: datetime
) -> Troubled:
    """Sort out the hours that failed; after its n-th failure an hour waits twice as long."""
    found: dict[str, set[datetime]] = {"once": set(), "often": set(), "waiting": set()}
    for hour in hours:
        ends = [run.ended for run in failed if run.first <= hour <= run.last]
        if not ends:
            continue
        doublings = min(len(ends) - 1, DOUBLINGS_MAX)
        delay = min(FAILED_HOUR_WAIT * 2**doublings, FAILED_HOUR_WAIT_MAX)
        if now < max(ends) + delay:
            found["waiting"].add(hour)
        else:
            found["often" if len(ends) > 1 else "once"].add(hour)
    return Troubled(**{kind: frozenset(hours) for kind, hours in found.items()})


def runs_for(
    uncovered: Mapping[str, Collection[datetime]],
    *,
    failed: Sequence[FailedRun] = (),
    now: datetime,
) -> list[PlannedRun]:
    """
    Return the runs to ask for now, at most `RUNS_PER_TICK_MAX`: newest hours first, troubled last.

    Hours that failed once go together, for a killed run says nothing about them, but each view
    apart: a view is not built in a run in which its source failed. Those that failed more often
    go one by one, so that the one at fault shows.

    Args:
        uncovered: Per view, the hours whose table misses settled blocks.
        failed: Recent runs of the sensor that failed.
        now: The time of the tick.
    """
    every = {hour for hours in uncovered.values() for hour in hours}
    troubled = troubled_hours(every, failed, now)
    healthy = every - troubled.once - troubled.often - troubled.waiting
    runs = [
        *(_run(uncovered, hours) for hours in reversed(_pieces(healthy))),
        *(_run({name: missing}, hours) for name, missing, hours in _apart(uncovered, troubled)),
        *(_run(uncovered, [hour]) for hour in sorted(troubled.often, reverse=True)),
    ]
    return runs[:RUNS_PER_TICK_MAX]


def _apart(
    uncovered: Mapping[str, Collection[datetime]], troubled: Troubled
) -> Iterator[tuple[str, Collection[datetime], list[datetime]]]:
    for name, missing in uncovered.items():
        for hours in reversed(_pieces(troubled.once.intersection(missing))):
            yield name, missing, hours


def _pieces(hours: Iterable[datetime]) -> list[list[datetime]]:
    return [piece for s in contiguous(hours) for piece in pieces(s, HOURS_PER_RUN_MAX)]


def _run(uncovered: Mapping[str, Collection[datetime]], hours: Sequence[datetime]) -> PlannedRun:
    views = tuple(name for name, missing in uncovered.items() if not set(hours).isdisjoint(missing))
    return PlannedRun(views=views, first=hours[0], last=hours[-1], hours=len(hours))
