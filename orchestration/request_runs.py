"""What a request of SQL means as runs of Dagster: how many, over which hours, with which tags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg

from assets.materialize import hours_between, uncovered_between
from assets.storage.layout import SLICE_WIDTH, Slice
from assets.storage.metadata.requests import Request, Wish
from assets.views.view import View
from orchestration.hours import key_of, spans
from orchestration.lake_resource import OpenLake
from orchestration.limits import (
    HOURS_PER_RUN_MAX,
    REBUILD_HOUR_TIME_MAX,
    REQUEST_PRIORITY,
    RUN_TIME_MAX,
)
from orchestration.process_assets import PROCESS_JOB_NAME, ProcessHours, process_config
from orchestration.run_tags import PRIORITY, REASON, REQUEST, REQUEST_ATTEMPT, REQUEST_RUNS, WORK
from orchestration.uncovered_sensor import MAX_RUNTIME, RANGE_END, RANGE_START


@dataclass(frozen=True, slots=True)
class Served:
    """
    What requests may be about.

    Attributes:
        views: By name.
        job_name: The job of the views with hours; those kept per process have their own.
        first_hour: The first partition; earlier hours are left out.
    """

    views: Mapping[str, View]
    job_name: str
    first_hour: datetime


def refusal(served: Served, wish: Wish) -> str | None:
    """Return why there can be no run for a wish; None if there can."""
    view = served.views.get(wish.view)
    if view is None:
        return f"there is no view {wish.view}"
    if view.scope == "process" and wish.process_id is None:
        return f"{wish.view} is kept per process; ask for one"
    if view.scope == "global" and wish.process_id is not None:
        return f"{wish.view} is not kept per process"
    return None


def hours_left(opened: OpenLake, served: Served, wish: Wish, now: datetime) -> list[datetime]:
    """
    Return the hours of a wish that its runs have to do.

    Those to append to are the ones whose table misses something now; to be rebuilt are all that
    have begun.
    """
    view = served.views[wish.view]
    begin = wish.begin if view.scope == "process" else max(wish.begin, served.first_hour)
    end = min(wish.end, Slice.containing(now).end)
    if begin >= end:
        return []
    if wish.action == "rebuild":
        return hours_between(begin, end)
    found = uncovered_between(
        opened.lake, view, opened.tables, begin=begin, end=end, process_id=wish.process_id
    )
    return [slice_.start for slice_ in found]


def runs_of(request: Request, served: Served, hours: Sequence[datetime]) -> list[dg.RunRequest]:
    """Return the runs over the hours of a request, for its next attempt."""
    wish, attempt = request.wish, request.attempt + 1
    per_process = served.views[wish.view].scope == "process"
    stretches = spans(hours, HOURS_PER_RUN_MAX)
    runs = []
    for number, (first, last) in enumerate(stretches):
        tags = {
            REQUEST: request.request_id,
            REQUEST_RUNS: str(len(stretches)),
            REQUEST_ATTEMPT: str(attempt),
            WORK: "increment" if wish.action == "materialize" else "rebuild",
            REASON: wish.reason,
            MAX_RUNTIME: str(int(_time_max(wish, first, last).total_seconds())),
            PRIORITY: str(REQUEST_PRIORITY),
        }
        config = None
        if per_process:
            config = process_config(
                wish.view,
                ProcessHours(
                    process_id=wish.process_id or "",
                    first_hour=key_of(first),
                    last_hour=key_of(last),
                    rebuild=wish.action == "rebuild",
                ),
            )
        else:
            tags |= {RANGE_START: key_of(first), RANGE_END: key_of(last)}
        runs.append(
            dg.RunRequest(
                run_key=f"{request.request_id}/{attempt}/{number}",
                job_name=PROCESS_JOB_NAME if per_process else served.job_name,
                asset_selection=[dg.AssetKey(wish.view)],
                asset_check_keys=[],  # left out, it would mean all checks of the view
                run_config=config,
                tags=tags,
            )
        )
    return runs


def _time_max(wish: Wish, first: datetime, last: datetime) -> timedelta:
    """Return after which time a run is ended: who appends goes on from there, a rebuild cannot."""
    if wish.action == "materialize":
        return RUN_TIME_MAX
    return REBUILD_HOUR_TIME_MAX * ((last - first) // SLICE_WIDTH + 1)
