"""Gaps as a table may have them, for tests of what the sensor plans."""

from datetime import UTC, datetime, timedelta

from assets.materialize import Gap
from assets.storage.layout import Slice
from orchestration.limits import PACE_DEFAULT
from orchestration.run_size import Pacing

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW = NOON + timedelta(hours=3, minutes=5)
MIB = 1 << 20
TARGET_S = 60.0
PACING = Pacing(target_s=TARGET_S, worth_bytes=4 * MIB, worth_age=timedelta(minutes=2), paces={})


def hour(n: int) -> datetime:
    """Return the start of the n-th hour after a certain noon."""
    return NOON + timedelta(hours=n)


def gap(n: int, seconds: float = 0.1, since: datetime | None = None) -> Gap:
    """Return a gap in that hour which takes about so long to close."""
    start = hour(n)
    return Gap(Slice(start), 0, int(seconds / PACE_DEFAULT), since or start)


def missing(seconds: float = 0.1, **hours: list[int]) -> dict[str, dict[datetime, Gap]]:
    """Return what is missing, by view and hour; each takes about so long."""
    return {view: {hour(n): gap(n, seconds) for n in ns} for view, ns in hours.items()}
