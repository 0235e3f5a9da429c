"""How long a run will take, judged by how fast the last ones were. Pure: no clock, no store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from assets.materialize import Gap
from assets.storage.metadata.pace import work_of
from orchestration.limits import HOUR_SECONDS, PACE_DEFAULT, PACE_MAX, PACE_MIN


@dataclass(frozen=True, slots=True)
class Pacing:
    """
    How runs are sized, and when one is worth its start.

    Attributes:
        target_s: Seconds of work that a run should be.
        worth_bytes: A gap of so many payload bytes is worth a run at once,
        worth_age: and one that has been open for so long, however small.
        paces: Seconds a byte of work took lately, by view; ``PACE_DEFAULT`` without a measurement.
    """

    target_s: float
    worth_bytes: int
    worth_age: timedelta
    paces: Mapping[str, float]

    def seconds(self, view: str, gap: Gap) -> float:
        """Return how long closing a gap will take, once a run is going."""
        pace = min(max(self.paces.get(view, PACE_DEFAULT), PACE_MIN), PACE_MAX)
        return HOUR_SECONDS + pace * work_of(gap.blocks, gap.bytes)

    def worth_a_run(self, payload_bytes: int, since: datetime, now: datetime) -> bool:
        """Return whether a run should start for so much, open for so long."""
        return payload_bytes >= self.worth_bytes or now - since >= self.worth_age
