"""
Hours whose runs failed: kept apart, tried again ever later. Pure: no clock, no store, no Dagster.

A run that failed says which views did, and nothing about the others; a run that was killed says
nothing about any of them, until it happens again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestration.limits import DOUBLINGS_MAX, FAILED_HOUR_WAIT, FAILED_HOUR_WAIT_MAX

ViewHour = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class EndedRun:
    """
    A run of the sensor that has ended.

    Attributes:
        views: Those that it says something about: of a failed run those that failed, of one that
            was killed or went well all that it had.
        first: Its first hour,
        last: and its last.
        ended: When.
        went: ``well``; ``failed`` by an error of its own; ``killed`` from outside.
    """

    views: frozenset[str]
    first: datetime
    last: datetime
    ended: datetime
    went: str

    def says_about(self, view: str, hour: datetime) -> bool:
        """Return whether the hour of the view was in it."""
        return view in self.views and self.first <= hour <= self.last


@dataclass(frozen=True, slots=True)
class Trouble:
    """How often an hour of a view failed since it last went well, and until when it rests."""

    failures: int
    newest: EndedRun
    rests_until: datetime


def troubles(missing: Iterable[ViewHour], ended: Sequence[EndedRun]) -> dict[ViewHour, Trouble]:
    """Return those of *missing* that failed; after its n-th failure an hour rests twice as long."""
    newest_first = sorted(ended, key=lambda run: run.ended, reverse=True)
    found = {}
    for view, hour in missing:
        failures = []
        for run in newest_first:
            if not run.says_about(view, hour):
                continue
            if run.went == "well":
                break
            failures.append(run)
        if failures:
            rest = _rest(len(failures))
            found[view, hour] = Trouble(len(failures), failures[0], failures[0].ended + rest)
    return found


def _rest(failures: int) -> timedelta:
    doublings: int = 2 ** min(failures - 1, DOUBLINGS_MAX)
    return min(FAILED_HOUR_WAIT * doublings, FAILED_HOUR_WAIT_MAX)


def retries(
    found: Mapping[ViewHour, Trouble], now: datetime
) -> list[tuple[frozenset[str], list[datetime]]]:
    """
    Return what to try again now, as views and hours that belong in one run: newest first.

    What failed once together is tried together. What failed more often goes hour by hour, and
    view by view too unless it was killed, so that the one at fault shows.
    """
    once: dict[EndedRun, set[ViewHour]] = defaultdict(set)
    often: dict[tuple[datetime, str], set[str]] = defaultdict(set)
    for (view, hour), trouble in found.items():
        if now < trouble.rests_until:
            continue
        if trouble.failures == 1:
            once[trouble.newest].add((view, hour))
        else:
            often[hour, "" if trouble.newest.went == "killed" else view].add(view)
    together = [
        (frozenset(view for view, _ in pairs), sorted({hour for _, hour in pairs}))
        for _, pairs in sorted(once.items(), key=lambda item: item[0].ended, reverse=True)
    ]
    apart = [(frozenset(often[key]), [key[0]]) for key in sorted(often, reverse=True)]
    return together + apart
