"""Requests waiting for the receiver: bounded, the most important first, droppable by grades."""

import threading
import time
from collections import deque
from collections.abc import Callable

from limnograph.limits import SPOOL_REQUESTS_MAX, Limits
from limnograph.outgoing import RECOVERED, Outgoing


class _Room:
    """How much may wait in one place, and how much does."""

    __slots__ = ("bytes", "bytes_max", "requests", "requests_max")

    def __init__(self, requests_max: int, bytes_max: int) -> None:
        self.requests_max, self.bytes_max = requests_max, bytes_max
        self.requests = self.bytes = 0

    def fits(self, size: int, requests_less: int = 0, bytes_less: int = 0) -> bool:
        requests_after = self.requests - requests_less + 1
        bytes_after = self.bytes - bytes_less + size
        return requests_after <= self.requests_max and bytes_after <= self.bytes_max

    def add(self, size: int) -> None:
        self.requests += 1
        self.bytes += size

    def remove(self, size: int) -> None:
        self.requests -= 1
        self.bytes -= size


class Outbox:
    """
    One lane per rank; first in, first out in each; thread-safe.

    Where there is no room, a newcomer displaces the newest requests of lower ranks (spans, then
    metrics) but none that the receiver was already offered. In one rank what was recorded first is
    kept, so that the beginning of an outage is on record.
    """

    def __init__(self, limits: Limits) -> None:
        self._changed = threading.Condition()
        self._lanes: tuple[deque[Outgoing], ...] = tuple(deque() for _ in range(RECOVERED + 1))
        self._memory = _Room(limits.outbox_requests_max, limits.outbox_bytes_max)
        self._disk = _Room(SPOOL_REQUESTS_MAX, limits.spool_bytes_max)
        self._offered = 0

    def offer(self, request: Outgoing, disk_bytes_max: int | None = None) -> list[Outgoing]:
        """
        Queue *request*.

        Args:
            request: Its body or its file say which bounds it counts for.
            disk_bytes_max: Bytes that this process may have on disk now.

        Returns:
            What is dropped for want of room: lower requests, or the request itself.
        """
        with self._changed:
            if disk_bytes_max is not None:
                self._disk.bytes_max = disk_bytes_max
            displaced = self._displaced(request)
            if displaced is None:
                return [request]
            for lower in displaced:
                self._remove(lower)
            self._offered += 1
            request.number = self._offered
            self._room(request).add(request.size)
            self._lanes[request.rank].append(request)
            self._changed.notify_all()
            return displaced

    def adopt(self, request: Outgoing) -> None:
        """Queue what another process left in a file; it counts for no bound of this one."""
        with self._changed:
            self._lanes[RECOVERED].append(request)
            self._changed.notify_all()

    def head(
        self, timeout_s: float, stopped: Callable[[], bool] = lambda: False
    ) -> Outgoing | None:
        """Return the next request to send without removing it; wait up to *timeout_s* for one."""
        with self._changed:
            self._changed.wait_for(lambda: any(self._lanes) or stopped(), timeout_s)
            for lane in self._lanes:
                if lane:
                    lane[0].tried = True
                    return lane[0]
            return None

    def settle(self, request: Outgoing, before_told: Callable[[], None] | None = None) -> None:
        """
        Remove *request*, decided upon; nothing if somebody has taken it away.

        Args:
            request: One that ``head`` returned.
            before_told: Run before anybody who waits learns of it.
        """
        with self._changed:
            if request not in self._lanes[request.rank]:
                return
            if before_told is not None:
                before_told()
            self._remove(request)
            request.release()
            self._changed.notify_all()

    def wait_settled(self, timeout_s: float) -> bool:
        """Wait until what this process queued is settled; False when *timeout_s* passed first."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            goal = self._offered
            return self._changed.wait_for(
                lambda: all(not lane or lane[0].number > goal for lane in self._lanes[:RECOVERED]),
                max(0.0, deadline - time.monotonic()),
            )

    def wake(self) -> None:
        """Let whoever waits look again."""
        with self._changed:
            self._changed.notify_all()

    def full(self) -> bool:
        """Return whether the next request may find no room."""
        with self._changed:
            return not self._memory.fits(1)

    def crowded(self) -> bool:
        """Return whether half of the room in memory is taken."""
        with self._changed:
            room = self._memory
            return 2 * room.requests >= room.requests_max or 2 * room.bytes >= room.bytes_max

    def size(self) -> tuple[int, int]:
        """Return (requests, bytes) of this process waiting in memory."""
        with self._changed:
            return self._memory.requests, self._memory.bytes

    def size_on_disk(self) -> tuple[int, int]:
        """Return (requests, bytes) of this process waiting on disk only."""
        with self._changed:
            return self._disk.requests, self._disk.bytes

    def take_all(self) -> list[Outgoing]:
        """Remove and return, in order, what this process queued."""
        with self._changed:
            own = self._lanes[:RECOVERED]
            taken = sorted((item for lane in own for item in lane), key=lambda item: item.number)
            for request in taken:
                self._room(request).remove(request.size)
            for lane in own:
                lane.clear()
            self._changed.notify_all()
            return taken

    def _displaced(self, request: Outgoing) -> list[Outgoing] | None:
        """Return what must go for *request* to fit; None when even that is not enough."""
        room = self._room(request)
        displaced: list[Outgoing] = []
        freed = 0
        for lane in reversed(self._lanes[request.rank + 1 : RECOVERED]):
            for lower in reversed(lane):
                if room.fits(request.size, len(displaced), freed):
                    return displaced
                if not lower.tried and self._room(lower) is room:
                    displaced.append(lower)
                    freed += lower.size
        return displaced if room.fits(request.size, len(displaced), freed) else None

    def _room(self, request: Outgoing) -> _Room:
        return self._disk if request.on_disk else self._memory

    def _remove(self, request: Outgoing) -> None:
        lane = self._lanes[request.rank]
        if lane[0] is request:
            lane.popleft()
        else:
            lane.remove(request)
        if request.rank != RECOVERED:
            self._room(request).remove(request.size)
