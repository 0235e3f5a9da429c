"""
Stopping a query: one token per query.

While the service plans, it asks the token at every step that takes long. While a worker runs the
plan, the token's hook ends that process: an engine cannot be interrupted in any other way.
"""

import time
from collections.abc import Callable
from threading import Lock

from query_engine.errors import Cancelled, TimeLimit


class CancelToken:
    """
    Says whether a query may go on. Thread-safe.

    Args:
        seconds: The query's time limit.
        is_gone: Whether its client has left; asked by `check`.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        seconds: float,
        is_gone: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds = seconds
        self._is_gone, self._clock = is_gone, clock
        self._deadline = clock() + seconds
        self._lock = Lock()
        self._cancelled = False
        self._hook: Callable[[], None] | None = None

    def cancel(self) -> None:
        """Stop the query; harmless when it has ended."""
        with self._lock:
            self._cancelled = True
            hook = self._hook
        if hook is not None:
            hook()

    def on_cancel(self, hook: Callable[[], None]) -> None:
        """Call *hook* when the query is cancelled, at once if it has been; it may come again."""
        with self._lock:
            self._hook = hook
            cancelled = self._cancelled
        if cancelled:
            hook()

    @property
    def cancelled(self) -> bool:
        """Whether somebody cancelled it."""
        return self._cancelled

    @property
    def seconds_left(self) -> float:
        """Time left; 0 when it is over."""
        return max(0.0, self._deadline - self._clock())

    @property
    def milliseconds_left(self) -> int:
        """Time left for a statement of another program; at least 1."""
        return max(1, int(self.seconds_left * 1000))

    @property
    def time_limit(self) -> TimeLimit:
        """What to raise when the time is over."""
        return TimeLimit(f"the query ran longer than its limit of {self.seconds:g} s")

    def check(self) -> None:
        """
        Return if the query may go on.

        Raises:
            Cancelled: Somebody cancelled it, or its client left.
            TimeLimit: It ran out of time.
        """
        if not self._cancelled and self._is_gone():
            self.cancel()
        if self._cancelled:
            raise Cancelled("the query was cancelled")
        if self._clock() > self._deadline:
            raise self.time_limit
