"""
Sending: the most important request until it is acknowledged or refused, then the next.

Rule: the same bytes until the receiver decides. 2xx settles a request; 5xx, 408, 429 and network
errors are tried again, later and later, never before the Retry-After. So is what refuses the
credential, 401 and the receiver's own 403: a key that has expired or was replaced says nothing
about the events, and they wait for a good one within the bounds of the outbox. Any other answer,
also the 403 of a proxy that dislikes one body, means that the request can never succeed: it is
dropped and counted, and holds nothing up.
"""

import json
import os
import threading
import time
from collections.abc import Callable

from limnograph.connection import Answer, Delivery
from limnograph.limits import BACKOFF_FIRST_S, BACKOFF_MAX_S, SEND_TIMEOUT_S
from limnograph.losses import REFUSED, UNREADABLE, Losses
from limnograph.notices import Notices
from limnograph.outbox import Outbox
from limnograph.outgoing import RECOVERED, Outgoing
from limnograph.request_files import Unreadable

_TRY_AGAIN = frozenset({408, 429})
_FORBIDDEN = "permission_denied"
_QUIET_FAILURES = 3
_IDLE_S = 3600.0


def backoff_s(failures: int, chance: float) -> float:
    """Return the wait after *failures* in a row (1, 2, ...); *chance* in [0, 1) is the jitter."""
    longest = min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2.0 ** min(failures - 1, 30))
    return longest * (0.5 + chance / 2)


def _chance() -> float:
    return int.from_bytes(os.urandom(4), "big") / 2**32


class Sender:
    """Works off an outbox; ``run`` is the body of a thread, ``pump`` the same with a deadline."""

    def __init__(
        self,
        connection: Delivery,
        outbox: Outbox,
        losses: Losses,
        notices: Notices,
        chance: Callable[[], float] = _chance,
    ) -> None:
        self._connection, self._outbox, self._losses = connection, outbox, losses
        self._notices, self._chance = notices, chance
        self._working = threading.Lock()
        self._awake = threading.Event()
        self._stopping = False
        self._failures = 0
        self.requests = self.blocks = self.events = self.retries = 0
        self.recovered = self.unreadable = 0
        self.last_error = ""

    def run(self) -> None:
        """Send until ``stop``."""
        with self._working:
            while not self._stopping:
                request = self._outbox.head(_IDLE_S, lambda: self._stopping)
                if request is not None and not self._stopping:
                    wait_s, at_least_s = self._attempt(request, SEND_TIMEOUT_S)
                    self._pause(wait_s, at_least_s)
            self._connection.close()

    def pump(self, deadline: float) -> None:
        """Send what waits, on the calling thread, until *deadline* (monotonic seconds)."""
        if not self._working.acquire(timeout=max(0.0, deadline - time.monotonic())):
            return
        try:
            while (left_s := deadline - time.monotonic()) > 0:
                request = self._outbox.head(0.0)
                if request is None:
                    return
                wait_s, at_least_s = self._attempt(request, min(SEND_TIMEOUT_S, left_s))
                wait_s = max(wait_s, at_least_s)
                if wait_s > deadline - time.monotonic():
                    return
                time.sleep(wait_s)
        finally:
            self._working.release()

    @property
    def failing(self) -> bool:
        """Whether the last attempt failed."""
        return self._failures > 0

    def hurry(self) -> None:
        """End a back-off early (a Retry-After is still honoured)."""
        self._awake.set()

    def stop(self) -> None:
        """Let ``run`` return soon; what waits stays in the outbox."""
        self._stopping = True
        self._awake.set()
        self._outbox.wake()

    def abandon(self) -> None:
        """Let go of the connection in the child of a fork; it is the parent's."""
        self._connection.abandon()

    def close(self) -> None:
        """Close the connection."""
        if self._working.acquire(timeout=0):
            try:
                self._connection.close()
            finally:
                self._working.release()

    def _attempt(self, request: Outgoing, timeout_s: float) -> tuple[float, float]:
        """Try once; return the seconds to wait and how many of them are the receiver's wish."""
        try:
            body = request.load()
        except Unreadable as exc:
            self.unreadable += 1
            self._tell("unreadable", f"does not get a request that was kept for it: {exc}")
            return self._given_up(request, UNREADABLE)
        try:
            answer = self._connection.post(body, timeout_s)
        except Exception as exc:
            return self._failed(f"{type(exc).__name__}: {exc}", 0.0)
        if 200 <= answer.status < 300:
            self._failures = 0
            self.requests += 1
            self.blocks += request.blocks
            self.events += request.events
            if request.rank == RECOVERED:
                self.recovered += request.events
            self._outbox.settle(request)
            return 0.0, 0.0
        if answer.status >= 500 or answer.status in _TRY_AGAIN:
            return self._failed(_line(answer), answer.retry_after_s)
        if _is_of_the_credential(answer):
            self._tell(
                "not let in",
                "does not take the credential; events are kept, within bounds, and sent when it "
                f"does (init(api_key=...) or LIMNO_API_KEY): {_line(answer)}",
            )
            return self._failed(_line(answer), answer.retry_after_s)
        self._failures = 0
        self.last_error = _line(answer)
        self._tell("refused", f"refused {request.events} events: {self.last_error}")
        return self._given_up(request, REFUSED)

    def _given_up(self, request: Outgoing, reason: str) -> tuple[float, float]:
        self._outbox.settle(request, lambda: self._losses.add(request, reason))
        return 0.0, 0.0

    def _failed(self, reason: str, retry_after_s: float) -> tuple[float, float]:
        self._failures += 1
        self.retries += 1
        self.last_error = reason
        if self._failures == _QUIET_FAILURES:
            self._tell("unreachable", f"cannot take events now, will try again: {reason}")
        return max(backoff_s(self._failures, self._chance()), retry_after_s), retry_after_s

    def _pause(self, wait_s: float, at_least_s: float) -> None:
        """Wait *wait_s*, shorter when hurried but never shorter than *at_least_s*."""
        if wait_s <= 0:
            return
        begin = time.monotonic()
        self._awake.wait(wait_s)
        self._awake.clear()
        while not self._stopping and (left_s := begin + at_least_s - time.monotonic()) > 0:
            self._awake.wait(left_s)
            self._awake.clear()

    def _tell(self, what: str, text: str) -> None:
        """Say, once per session, what the program's owner would want to know."""
        self._notices.once(what, f"{self._connection.endpoint} {text}")


def _is_of_the_credential(answer: Answer) -> bool:
    """Whether the answer refuses whoever sends, and not what they send."""
    if answer.status != 403:
        return answer.status == 401
    try:
        return bool(json.loads(answer.text)["error"]["code"] == _FORBIDDEN)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _line(answer: Answer) -> str:
    return f"HTTP {answer.status} {' '.join(answer.text.split())[:300]}".strip()
