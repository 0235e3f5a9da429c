"""When to ask again: while the service restarts, for a bounded time, with growing pauses."""

import random
import time
from collections.abc import Callable
from threading import Event

from limnograph.client.errors import QueryError, Unreachable
from limnograph.client.limits import PAUSE_SECONDS_MAX, RETRY_SECONDS

_FIRST_PAUSE_SECONDS = 0.1


class Retry:
    """
    How patient one client is.

    Args:
        seconds: How long a query is asked again after its first failure, 0 for never; None for the
            usual time, but then an address where nobody has answered yet is given up at once.
    """

    def __init__(self, seconds: float | None) -> None:
        if seconds is not None and not seconds >= 0:
            raise QueryError("client", f"retry_seconds is {seconds!r}: expected 0 or more")
        self.seconds = RETRY_SECONDS if seconds is None else seconds
        self._strict = seconds is None
        self._answered = Event()

    def answered(self) -> None:
        """Remember that there is a service at the address."""
        self._answered.set()

    def worth(self, error: QueryError) -> bool:
        """Say whether asking again can help."""
        if self._strict and isinstance(error, Unreachable) and not self._answered.is_set():
            return False
        return error.transient


class Attempts:
    """The attempts of one query."""

    def __init__(self, retry: Retry, clock: Callable[[], float] = time.monotonic) -> None:
        self._retry, self._clock = retry, clock
        self._deadline: float | None = None
        self._step = _FIRST_PAUSE_SECONDS

    def pause_s(self, error: QueryError) -> float | None:
        """Return how long to wait before the next attempt; None when *error* is to be raised."""
        if not self._retry.worth(error):
            return None
        now = self._clock()
        if self._deadline is None:
            self._deadline = now + self._retry.seconds
        pause = self._step * random.uniform(0.5, 1.0)  # noqa: S311 - spreads clients, no secret
        pause = max(pause, error.retry_after_s or 0.0)
        self._step = min(self._step * 2, PAUSE_SECONDS_MAX)
        return pause if now + pause <= self._deadline else None
