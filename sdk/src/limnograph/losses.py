"""What was lost and why: counted at once, told to the receiver with the next events."""

import threading
from collections import Counter

from limnograph.outgoing import Outgoing
from limnograph.recorder import Source

BUFFER_FULL = "buffer_full"
"""The recorder had no room (``Limits.events_queued_max``, its text bound), or could not encode."""
OUTBOX_FULL = "outbox_full"
"""Encoded requests were waiting for the receiver beyond the outbox's bounds."""
TOO_LARGE = "too_large"
"""An image had more than IMAGE_BYTES_MAX bytes."""
SPOOL_FULL = "spool_full"
"""Requests were waiting on disk beyond the spool's bounds."""
REFUSED = "refused"
"""The receiver answered 4xx: it never will take the request."""
UNREADABLE = "unreadable"
"""A request that was kept in a file could not be read back."""
EXIT = "exit"
"""The process ended before the receiver acknowledged."""


class Losses:
    """Counts by kind and reason; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._total: Counter[tuple[str, str]] = Counter()
        self._reported: Counter[tuple[str, str]] = Counter()
        self._returned: list[tuple[Source, int]] = []

    def add(self, request: Outgoing, reason: str) -> None:
        """Count the events of a request that will not be sent."""
        with self._lock:
            for kind, rows in request.rows:
                self._total[kind, reason] += rows
            self._returned += request.lost_if_dropped

    def set_total(self, kind: str, reason: str, total: int) -> None:
        """Take over a count that somebody else keeps."""
        with self._lock:
            self._total[kind, reason] = total

    def return_to_sources(self) -> None:
        """Let the next block of each source tell what was lost. Drainer only."""
        with self._lock:
            returned, self._returned = self._returned, []
        for source, events in returned:
            source.untold += events

    def unreported(self) -> list[tuple[str, str, int]]:
        """Return (kind, reason, events) counted since the last call."""
        with self._lock:
            grown = self._total - self._reported
            self._reported = Counter(self._total)
        return [(kind, reason, events) for (kind, reason), events in sorted(grown.items())]

    def total(self) -> int:
        """Return the events lost so far."""
        with self._lock:
            return sum(self._total.values())

    def by_reason(self) -> dict[str, int]:
        """Return the events lost so far, by reason."""
        return self._by(1)

    def by_kind(self) -> dict[str, int]:
        """Return the events lost so far, by the kind of their stream."""
        return self._by(0)

    def _by(self, part: int) -> dict[str, int]:
        found: Counter[str] = Counter()
        with self._lock:
            for key, events in self._total.items():
                found[key[part]] += events
        return {name: events for name, events in sorted(found.items()) if events}
