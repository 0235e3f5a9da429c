"""
How many queries run at once: a bounded number of slots with a bounded waiting room.

Rule: a slot is taken before a query is planned and given back when its engine has stopped, not
when its client has left, so that cancelled queries cannot pile up behind the limit.
"""

import time
from collections.abc import Callable
from threading import Condition

from query_engine.errors import ShuttingDown, TooManyQueries


class Admission:
    """
    Hands out slots; first come, first served as far as the threads' wake-up order goes.

    Args:
        running_max: Slots.
        waiting_max: Callers that may wait for a slot.
        wait_s: How long one waits at most, seconds.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        running_max: int,
        waiting_max: int,
        wait_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._running_max, self._waiting_max, self._wait_s = running_max, waiting_max, wait_s
        self._clock = clock
        self._changed = Condition()
        self._running = self._waiting = 0
        self._closed = False

    @property
    def running(self) -> int:
        """Slots that are taken now."""
        return self._running

    @property
    def waiting(self) -> int:
        """Callers that wait now."""
        return self._waiting

    def enter(self) -> None:
        """
        Take a slot, waiting for one if need be.

        Raises:
            TooManyQueries: The waiting room is full, or the wait took too long.
            ShuttingDown: `close` was called.
        """
        with self._changed:
            self.check_open()
            if self._running >= self._running_max:
                self._wait_for_slot()
            self._running += 1

    def leave(self) -> None:
        """Give a slot back."""
        with self._changed:
            assert self._running > 0, "a slot is given back once"
            self._running -= 1
            self._changed.notify_all()

    def check_open(self) -> None:
        """
        Return unless `close` was called.

        Raises:
            ShuttingDown: It was.
        """
        if self._closed:
            raise ShuttingDown("the query service is stopping; try again later")

    def close(self) -> None:
        """Refuse everybody from now on, also those who wait."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until no slot is taken; False when that took longer than *timeout_s*."""
        with self._changed:
            return self._changed.wait_for(lambda: self._running == 0, timeout_s)

    def _wait_for_slot(self) -> None:
        if self._waiting >= self._waiting_max:
            raise TooManyQueries(
                f"{self._running} queries run and {self._waiting} wait; try again later"
            )
        self._waiting += 1
        try:
            free = self._changed.wait_for(
                lambda: self._closed or self._running < self._running_max, self._wait_s
            )
        finally:
            self._waiting -= 1
        self.check_open()
        if not free:
            raise TooManyQueries(f"no slot became free within {self._wait_s:g} s; try again later")
