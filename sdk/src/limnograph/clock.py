"""
Calibration: which Unix time a tick of the recorder's clock is.

The pair is kept as long as it predicts the wall clock to a millisecond, so that the times of one
process's events are exact relative to each other; after a step or a suspend it is measured anew.
"""

import time
from collections.abc import Callable

from limnograph.wire.container import Clock

DRIFT_NS_MAX = 1_000_000
"""Difference between predicted and actual time beyond which the pair is measured anew."""

_ROUNDS = 5


class Calibration:
    """The current pair (ticks, Unix ns)."""

    def __init__(
        self,
        ticks: Callable[[], int],
        ticks_per_second: int,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._ticks, self._per_second, self._now_ns = ticks, ticks_per_second, now_ns
        self.clock = self._measured()

    def refresh(self) -> Clock:
        """Return the pair to use now."""
        measured = self._measured()
        predicted = self.clock.unix_ns(measured.origin_ticks)
        if abs(predicted - measured.origin_unix_ns) > DRIFT_NS_MAX:
            self.clock = measured
        return self.clock

    def _measured(self) -> Clock:
        best, gap_min = (0, 0), None
        for _ in range(_ROUNDS):
            before = self._ticks()
            now_ns = self._now_ns()
            gap = self._ticks() - before
            if gap_min is None or gap < gap_min:
                best, gap_min = (before + gap // 2, now_ns), gap
        return Clock(self._per_second, *best)
