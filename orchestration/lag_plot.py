"""A table's lag over time as a plot: what the sensor observed of it, read back from Dagster."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration import plots
from orchestration.lag_events import LAG_SECONDS
from orchestration.limits import LAG_BARS, LAGS_PLOTTED_MAX
from orchestration.markdown import picture

_LONG_S = 600


def lag_over_time(instance: dg.DagsterInstance, asset: dg.AssetKey) -> str | None:
    """Return the newest lags of a table as markdown; None when none was observed yet."""
    observed = instance.fetch_observations(asset, limit=LAGS_PLOTTED_MAX).records
    points = []
    for record in observed:
        event = record.asset_observation
        value = (
            event.metadata[LAG_SECONDS].value if event and LAG_SECONDS in event.metadata else None
        )
        if isinstance(value, int | float):
            points.append((datetime.fromtimestamp(record.timestamp, UTC), float(value)))
    if not points:
        return None
    points.sort()
    (first, _), (last, newest) = points[0], points[-1]
    says = (
        f"{_told(newest)} at {last:%H:%M} UTC,"
        f" at most {_told(max(value for _, value in points))} since {first:%d %b %H:%M} UTC"
    )
    return f"{says}\n\n{picture(plots.bars(plots.by_time(points, LAG_BARS)), 'lag over time')}"


def _told(seconds: float) -> str:
    """Return a lag as people say it: seconds, or days and h:mm:ss."""
    return f"{seconds:.0f} s" if seconds < _LONG_S else str(timedelta(seconds=round(seconds)))
