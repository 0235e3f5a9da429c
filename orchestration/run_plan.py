"""
Which runs to ask for, given what the tables miss. Pure: no clock, no store, no Dagster.

Few runs, because starting one costs seconds of CPU whatever it does: all views of one stretch of
hours share a run, as long as it stays near the target. When there is more than that, three kinds
of runs go on side by side, so that none starves the others: one over the newest hours, which
people look at, one over the oldest, which drains the rest, and those that try again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assets.materialize import Gap
from assets.storage.layout import SLICE_WIDTH
from orchestration.limits import (
    BRIDGED_HOURS_MAX,
    HOURS_PER_RUN_MAX,
    NEWEST_SHARE,
    RETRIES_IN_FLIGHT_MAX,
)
from orchestration.run_size import Pacing
from orchestration.trouble import EndedRun, retries, troubles

NEWEST, OLDEST, RETRY = "newest", "oldest", "retry"
"""What a run is over: its lane. One run is in flight in each of the first two."""

Missing = Mapping[str, Mapping[datetime, Gap]]
"""Per view, what its table misses of an hour."""


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """
    One run over a stretch of hours.

    Attributes:
        lane: `NEWEST`, `OLDEST` or `RETRY`.
        views: Those with something missing, in the order of the catalog.
        first: The first hour,
        last: and the last; both are included.
        hours: How many of them miss something.
        bytes: Payload that is missing, counted for each view.
        since: When the oldest of it arrived.
        seconds: How long the work will take.
    """

    lane: str
    views: tuple[str, ...]
    first: datetime
    last: datetime
    hours: int
    bytes: int
    since: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class RunInFlight:
    """A run of the sensor that has not ended."""

    lane: str
    first: datetime
    last: datetime


def runs_for(
    missing: Missing,
    *,
    pacing: Pacing,
    in_flight: Sequence[RunInFlight] = (),
    ended: Sequence[EndedRun] = (),
    now: datetime,
) -> list[PlannedRun]:
    """
    Return the runs to ask for now; none over an hour that one in flight has.

    Args:
        missing: What the tables miss.
        pacing: How runs are sized, and what is worth one.
        in_flight: The sensor's runs that have not ended.
        ended: Its runs that ended lately.
        now: The time of the tick.
    """
    taken = {hour for run in in_flight for hour in _hours(run.first, run.last)}
    open_ = {
        view: {hour: gap for hour, gap in gaps.items() if hour not in taken}
        for view, gaps in missing.items()
    }
    troubled = troubles(((view, hour) for view in open_ for hour in open_[view]), ended)
    failing = {view for (view, _), trouble in troubled.items() if trouble.newest.went == "failed"}

    def stretches(views: Collection[str]) -> _Stretches:
        blocked = {hour for view, hour in troubled if view in views}
        return _Stretches({v: open_[v] for v in open_ if v in views}, taken | blocked, pacing)

    runs = stretches(open_.keys() - failing).two_lanes({run.lane for run in in_flight})
    # A view that fails somewhere has its other hours first: they are sure to be of use.
    apart = [stretches({view}) for view in open_ if view in failing]
    runs += [own.run(RETRY, own.leading(own.hours[::-1])) for own in apart if own.hours]
    runs = [run for run in runs if pacing.worth_a_run(run.bytes, run.since, now)]
    for views, hours in retries(troubled, now):
        again = stretches(views)
        runs.append(again.run(RETRY, again.leading(hours)))

    free = RETRIES_IN_FLIGHT_MAX - sum(run.lane == RETRY for run in in_flight)
    retried = [run for run in runs if run.lane == RETRY][: max(free, 0)]
    return [run for run in runs if run.lane != RETRY] + retried


class _Stretches:
    """The hours that some views miss, to be made into runs of neighbouring ones."""

    def __init__(self, missing: Missing, blocked: Collection[datetime], pacing: Pacing) -> None:
        self._missing = missing
        self._blocked = frozenset(blocked)
        self._pacing = pacing
        every = {hour for gaps in missing.values() for hour in gaps}
        self.hours = sorted(every - self._blocked)

    def two_lanes(self, busy: Collection[str]) -> list[PlannedRun]:
        """Return the next run over the newest hours and the next over the oldest, where free."""
        hours = self.hours
        runs = []
        if hours and NEWEST not in busy:
            newest = self.leading(hours[::-1])
            if len(newest) < len(hours) and self._joined(newest[-1], hours[-len(newest) - 1]):
                newest = self.leading(hours[::-1], NEWEST_SHARE)
            runs.append(self.run(NEWEST, newest))
            hours = hours[: -len(newest)]
        if hours and OLDEST not in busy:
            runs.append(self.run(OLDEST, self.leading(hours)))
        return runs

    def leading(self, hours: Sequence[datetime], share: float = 1.0) -> list[datetime]:
        """Return the first of *hours*, ascending or descending, that make one run of the target."""
        taken = [hours[0]]
        seconds = self._seconds(hours[0])
        for hour in hours[1:]:
            seconds += self._seconds(hour)
            too_long = seconds > self._pacing.target_s * share
            too_wide = abs(hour - taken[0]) >= SLICE_WIDTH * HOURS_PER_RUN_MAX
            if too_long or too_wide or not self._joined(taken[-1], hour):
                break
            taken.append(hour)
        return taken

    def run(self, lane: str, hours: Collection[datetime]) -> PlannedRun:
        """Return the run over these hours, with what is missing between its ends."""
        views = [view for view, gaps in self._missing.items() if not gaps.keys().isdisjoint(hours)]
        gaps = [gap for hour in hours for _, gap in self._gaps(hour)]
        return PlannedRun(
            lane=lane,
            views=tuple(views),
            first=min(hours),
            last=max(hours),
            hours=len(hours),
            bytes=sum(gap.bytes for gap in gaps),
            since=min(gap.since for gap in gaps),
            seconds=sum(self._seconds(hour) for hour in hours),
        )

    def _joined(self, one: datetime, other: datetime) -> bool:
        """Return whether a run may go over what lies between two hours."""
        between = _hours(min(one, other), max(one, other))[1:-1]
        return len(between) <= BRIDGED_HOURS_MAX and self._blocked.isdisjoint(between)

    def _seconds(self, hour: datetime) -> float:
        return sum(self._pacing.seconds(view, gap) for view, gap in self._gaps(hour))

    def _gaps(self, hour: datetime) -> Iterable[tuple[str, Gap]]:
        return [(view, gaps[hour]) for view, gaps in self._missing.items() if hour in gaps]


def _hours(first: datetime, last: datetime) -> list[datetime]:
    """Return the hours from one to another, both included."""
    return [first + SLICE_WIDTH * n for n in range((last - first) // SLICE_WIDTH + 1)]
