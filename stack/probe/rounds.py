"""
Rounds of the probe: each writes events with the next number, and looks for these and recent ones.

Rule: an event counts as missing only when it was acknowledged; one that was not may appear or not.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import limnograph
from assets.storage.metadata.probe_results import ProbeResult
from stack import limits
from stack.probe.doors import Doors
from stack.probe.questions import QUESTIONS

_MARGIN = timedelta(seconds=5)
"""Events are looked for from so long before their round on: clocks are not read at once."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A round that was written."""

    sequence: int
    at: datetime
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found of a view: how long it took, and how often each number is there."""

    visible_after: float | None
    times: Mapping[int, int] | None
    problem: str = ""


class Rounds:
    """
    The rounds of one run of the probe.

    Args:
        doors: Where it writes and asks.
        clock: Monotonic seconds.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        doors: Doors,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._doors, self._clock, self._sleep = doors, clock, sleep
        self._sequence = 0
        self._watched: deque[_Written] = deque(maxlen=limits.PROBE_ROUNDS_WATCHED)

    def next(self) -> list[ProbeResult]:
        """Write the events of the next round, look for them, and return what was seen by view."""
        self._sequence += 1
        at, begun = datetime.now(UTC), self._clock()
        self._doors.write(self._sequence)
        acknowledged = self._doors.acknowledged(limits.PROBE_ACKNOWLEDGED_S_MAX)
        done = self._clock()
        self._watched.append(_Written(self._sequence, at, acknowledged))
        took = done - begun if acknowledged else None
        results = [self._result(view, at, took, self._look(view, done)) for view in QUESTIONS]
        for one in results:
            self._doors.measured(
                one.view, one.acknowledged_after, one.visible_after, one.missing + one.doubled
            )
        return results

    def _look(self, view: str, acknowledged: float) -> _Look:
        """Ask until every event that must be there is, or for as long as it may take."""
        since = self._watched[0].at - _MARGIN
        times: Mapping[int, int] | None = None
        problem = ""
        while True:
            try:
                times, problem = self._doors.times(view, since), ""
            except limnograph.QueryError as exc:
                problem = f"the query service does not answer: {exc}".split("\n", 1)[0]
            waited = self._clock() - acknowledged
            if times is not None and not problem and not self._missing(times):
                return _Look(waited, times)
            if waited >= limits.PROBE_VISIBLE_S_MAX:
                return _Look(None, times, problem)
            self._sleep(limits.PROBE_LOOK_AGAIN_S)

    def _missing(self, times: Mapping[int, int]) -> list[int]:
        return [
            one.sequence
            for one in self._watched
            if one.acknowledged and not times.get(one.sequence)
        ]

    def _result(
        self, view: str, at: datetime, acknowledged_after: float | None, look: _Look
    ) -> ProbeResult:
        missing = [] if look.times is None else self._missing(look.times)
        doubled = [number for number, count in (look.times or {}).items() if count > 1]
        problem = look.problem
        if acknowledged_after is None:
            waited = f"{limits.PROBE_ACKNOWLEDGED_S_MAX:.0f} s"
            problem = f"the receiver did not acknowledge round {self._sequence} within {waited}"
        elif missing:
            problem = f"acknowledged, and not in SQL: rounds {', '.join(map(str, missing))}"
        elif doubled:
            problem = f"in SQL more than once: rounds {', '.join(map(str, sorted(doubled)))}"
        seen = look.times is not None and self._sequence in look.times
        return ProbeResult(
            process_id=self._doors.process_id,
            sequence=self._sequence,
            view=view,
            written_at=at,
            acknowledged_after=acknowledged_after,
            visible_after=look.visible_after if seen else None,
            missing=len(missing),
            doubled=len(doubled),
            problem=problem,
        )
