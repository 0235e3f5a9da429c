"""
How far each table is behind, told to the UI as observations of its asset, which it plots.

Rule: at a bounded rate, since each stays in Dagster's event log for as long as that is kept.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import dagster as dg

from assets.materialize import Backlog
from orchestration.limits import LAG_OBSERVED_EVERY, LAG_OBSERVED_EVERY_BEHIND

LAG_SECONDS = "lag seconds"
"""The name under which the UI shows and plots it."""


def lag_of(backlog: Backlog, now: datetime) -> timedelta:
    """Return for how long the table has lacked the oldest block that it lacks."""
    return max(now - backlog.oldest, timedelta(0)) if backlog.oldest else timedelta(0)


def due(
    backlogs: Mapping[str, Backlog], last: datetime | None, usual: timedelta, now: datetime
) -> bool:
    """Return whether to tell again; more often when some table is behind more than is *usual*."""
    if last is None:
        return True
    behind = any(lag_of(backlog, now) > usual for backlog in backlogs.values())
    return now - last >= (LAG_OBSERVED_EVERY_BEHIND if behind else LAG_OBSERVED_EVERY)


def lag_observations(backlogs: Mapping[str, Backlog], now: datetime) -> list[dg.AssetObservation]:
    """Return one observation per view."""
    return [
        dg.AssetObservation(
            dg.AssetKey(view),
            description="How far the table is behind what was acknowledged.",
            metadata={
                LAG_SECONDS: round(lag_of(backlog, now).total_seconds(), 1),
                "lag blocks": backlog.blocks,
                "lag bytes": backlog.bytes,
                "lag hours": len(backlog.gaps),
            },
        )
        for view, backlog in backlogs.items()
    ]
