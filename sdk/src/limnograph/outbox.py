"""Requests waiting for the receiver: a bounded queue that can be waited on."""

import threading
import time
from collections import deque
from collections.abc import Callable

from limnograph.limits import Limits
from limnograph.packer import Outgoing


class Outbox:
    """
    First in, first out; thread-safe.

    What was recorded first is kept: when the queue is full the newcomer is refused, so that the
    beginning of an outage is on record.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._changed = threading.Condition()
        self._waiting: deque[Outgoing] = deque()
        self._offered = self._settled = 0
        self._bytes = 0

    def offer(self, request: Outgoing) -> bool:
        """Queue *request*; False when there is no room."""
        with self._changed:
            bytes_after = self._bytes + len(request.body)
            if (
                len(self._waiting) >= self._limits.outbox_requests_max
                or bytes_after > self._limits.outbox_bytes_max
            ):
                return False
            self._waiting.append(request)
            self._bytes = bytes_after
            self._offered += 1
            self._changed.notify_all()
            return True

    def head(
        self, timeout_s: float, stopped: Callable[[], bool] = lambda: False
    ) -> Outgoing | None:
        """Return the oldest request without removing it, waiting for one up to *timeout_s*."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or stopped(), timeout_s)
            return self._waiting[0] if self._waiting else None

    def settle(self, request: Outgoing) -> bool:
        """Remove *request*, the oldest, decided upon; False if somebody has taken it away."""
        with self._changed:
            if not self._waiting or self._waiting[0] is not request:
                return False
            self._waiting.popleft()
            self._bytes -= len(request.body)
            self._settled += 1
            self._changed.notify_all()
            return True

    def wait_settled(self, timeout_s: float) -> bool:
        """Wait until all that is queued now is settled; False when *timeout_s* passed first."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            goal = self._offered
            return self._changed.wait_for(
                lambda: self._settled >= goal, max(0.0, deadline - time.monotonic())
            )

    def wake(self) -> None:
        """Let whoever waits look again."""
        with self._changed:
            self._changed.notify_all()

    def full(self) -> bool:
        """Return whether the next request may find no room."""
        with self._changed:
            return (
                len(self._waiting) >= self._limits.outbox_requests_max
                or self._bytes >= self._limits.outbox_bytes_max
            )

    def size(self) -> tuple[int, int]:
        """Return (requests, bytes) waiting."""
        with self._changed:
            return len(self._waiting), self._bytes

    def take_all(self) -> list[Outgoing]:
        """Remove and return everything that waits."""
        with self._changed:
            taken = list(self._waiting)
            self._waiting.clear()
            self._settled += len(taken)
            self._bytes = 0
            self._changed.notify_all()
            return taken
