"""
How many queries run at once: a bounded number of slots with a bounded, fair waiting room.

Rule: a slot is taken before a query is planned and given back when no process works for it any
more, not when its client has left, so that cancelled queries cannot pile up behind the limit.

A free slot goes to the waiting client with the fewest running queries, then to the one that was
served longest ago, and of one client's queries to the first. So one client with many queries delays
another by one query, not by all of them.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from typing import Literal

from query_engine.cancel import CancelToken
from query_engine.errors import ShuttingDown, TooManyQueries

_STEP_S = 0.1
"""How often one who waits looks whether its own query was cancelled."""


@dataclass(slots=True, eq=False)
class _Waiter:
    client: str
    outcome: Literal["", "in", "out"] = ""


class Admission:
    """
    Hands out slots. Thread-safe.

    Args:
        running_max: Slots.
        waiting_max: Queries that may wait for a slot.
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
        self._running: Counter[str] = Counter()
        self._waiting: list[_Waiter] = []
        self._served: dict[str, int] = {}
        self._turn = 0
        self._closed = False

    @property
    def running(self) -> int:
        """Slots that are taken now."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """Queries that wait now."""
        return len(self._waiting)

    def enter(self, client: str, token: CancelToken, *, again: bool = False) -> None:
        """
        Take a slot for a query of *client*, waiting for one if need be.

        One that had a slot *again*: it finds room, and waits as long as its token lets it.

        Raises:
            TooManyQueries: The waiting room is full, or the wait took too long.
            ShuttingDown: `close` was called.
            LakeError: The token says that the query must stop.
        """
        with self._changed:
            self.check_open()
            if self.running < self._running_max:
                self._serve(client)
                return
            if not again:
                self._make_room(client)
            waiter = _Waiter(client)
            self._waiting.append(waiter)
            try:
                self._wait(waiter, token, token.seconds_left if again else self._wait_s)
            except BaseException:
                if waiter.outcome == "in":
                    self._release(client)
                raise
            finally:
                if waiter in self._waiting:
                    self._waiting.remove(waiter)

    def leave(self, client: str) -> None:
        """Give a slot of *client* back."""
        with self._changed:
            self._release(client)

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
            return self._changed.wait_for(lambda: self.running == 0, timeout_s)

    def _serve(self, client: str) -> None:
        self._running[client] += 1
        self._turn += 1
        self._served[client] = self._turn

    def _release(self, client: str) -> None:
        assert self._running[client] > 0, "a slot is given back once"
        self._running[client] -= 1
        if self._waiting and not self._closed:
            waiter = min(self._waiting, key=self._rank)
            self._waiting.remove(waiter)
            waiter.outcome = "in"
            self._serve(waiter.client)
        here = {waiter.client for waiter in self._waiting} | set(+self._running)
        self._running = +self._running
        self._served = {name: turn for name, turn in self._served.items() if name in here}
        self._changed.notify_all()

    def _rank(self, waiter: _Waiter) -> tuple[int, int]:
        return self._running[waiter.client], self._served.get(waiter.client, 0)

    def _make_room(self, client: str) -> None:
        """Refuse this query, or the last one of a client that has far more of them waiting."""
        if len(self._waiting) < self._waiting_max:
            return
        counts = Counter(waiter.client for waiter in self._waiting)
        most, count = counts.most_common(1)[0] if counts else (client, 0)
        if count <= counts[client] + 1:
            raise self._full()
        last = next(waiter for waiter in reversed(self._waiting) if waiter.client == most)
        last.outcome = "out"
        self._waiting.remove(last)
        self._changed.notify_all()

    def _wait(self, waiter: _Waiter, token: CancelToken, wait_s: float) -> None:
        deadline = self._clock() + wait_s
        while not waiter.outcome:
            self._changed.wait(min(_STEP_S, max(0.0, deadline - self._clock())))
            if waiter.outcome:
                break
            self.check_open()
            token.check()
            if self._clock() >= deadline:
                raise TooManyQueries(f"no slot became free within {wait_s:g} s; try again later")
        if waiter.outcome == "out":
            raise self._full()
        self.check_open()

    def _full(self) -> TooManyQueries:
        return TooManyQueries(
            f"{self.running} queries run and {len(self._waiting)} wait; try again later"
        )
