"""
API keys as doors see them: looked up rarely, forgotten after seconds, their uses written together.

Rule: a key is believed for `KEYS_KEPT_S` after it was looked up and never after its end, so that a
revocation reaches every service in that time. When Postgres does not answer, keys that it knew a
while ago go on, and the answer for others is that, never that the key is wrong.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import BoundedSemaphore, Event, Lock, Thread

from assets.errors import LakeError, StorageUnavailable
from auth.errors import ProviderUnavailable, Unauthenticated
from auth.key_records import KeyRecord, KeyRecords
from auth.key_text import is_key
from auth.limits import (
    CLOSING_S_MAX,
    CONNECTION_WAIT_S_MAX,
    KEYS_HELD_S,
    KEYS_KEPT_MAX,
    KEYS_KEPT_S,
    KEYS_RETRIED_S,
    STRANGERS_MAX,
    USES_KEPT_MAX,
    USES_WRITTEN_S,
)
from auth.principal import Principal
from auth.remembered import Remembered, digest

log = logging.getLogger(__name__)

_UNKNOWN = "the API key is not known, has ended or was revoked"
_AWAY = "the table of API keys does not answer; try again"


class KeyRing:
    """
    Tells whose key it is. Thread-safe.

    Args:
        records: The table of keys.
        now: Monotonic seconds.
        today: The time by which keys end.
    """

    def __init__(
        self,
        records: KeyRecords,
        now: Callable[[], float] = time.monotonic,
        today: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.records = records
        self._now, self._today = now, today
        self._known: Remembered[Principal] = Remembered(KEYS_KEPT_MAX, now)
        self._unknown: Remembered[bool] = Remembered(KEYS_KEPT_MAX, now)
        self._held: Remembered[Principal] = Remembered(KEYS_KEPT_MAX, now)
        self._strangers = BoundedSemaphore(STRANGERS_MAX)
        self._asking_again = Lock()
        self._failed_at: float | None = None
        self._uses: dict[str, datetime] = {}
        self._lock = Lock()
        self._closing = Event()
        self._writer: Thread | None = None

    def remembered(self, key: str) -> Principal | None:
        """
        Return whose key it is if that is known; never waits.

        Raises:
            Unauthenticated: It is known that it is nobody's.
        """
        if not is_key(key):
            raise Unauthenticated(_UNKNOWN)
        hashed = digest(key)
        found = self._known.get(hashed)
        if found is not None:
            self._used(found)
            return found
        if self._unknown.get(hashed):
            raise Unauthenticated(_UNKNOWN)
        if self._failed_at is None:
            return None
        held = self._held.get(hashed)
        if held is not None:
            self._ask_again_behind(key)
            self._used(held)
        return held

    def was_good(self, key: str) -> bool:
        """Tell whether Postgres knew the key a while ago."""
        return self._held.get(digest(key)) is not None

    def look_up(self, key: str) -> Principal:
        """
        Return whose key it is; asks Postgres.

        Raises:
            Unauthenticated: It is nobody's.
            ProviderUnavailable: Postgres does not answer, and has not said so a while ago.
        """
        hashed, asked_at = digest(key), self._now()
        held = self._held.get(hashed)
        try:
            record = self.records.find(key) if held else self._find_stranger(key)
        except StorageUnavailable as exc:
            if self._failed_at is None:
                log.warning("API keys cannot be looked up; those known lately go on: %s", exc)
            self._failed_at = self._now()
            if held is None:
                raise ProviderUnavailable(_AWAY) from exc
            self._used(held)
            return held
        self._failed_at = None
        if record is None:
            self._held.drop(hashed)
            self._known.drop(hashed)
            self._unknown.put(hashed, True, asked_at + KEYS_KEPT_S)
            raise Unauthenticated(_UNKNOWN)
        principal, end = record.principal(), self._end(record)
        # From when it was asked: a revocation while the answer was under way counts.
        self._known.put(hashed, principal, min(asked_at + KEYS_KEPT_S, end))
        self._held.put(hashed, principal, min(asked_at + KEYS_HELD_S, end))
        self._used(principal)
        return principal

    def _find_stranger(self, key: str) -> KeyRecord | None:
        """Look up what was not good lately; a crowd of those leaves a connection to the others."""
        if not self._strangers.acquire(timeout=CONNECTION_WAIT_S_MAX):
            raise ProviderUnavailable(_AWAY)
        try:
            return self.records.find(key)
        finally:
            self._strangers.release()

    def _ask_again_behind(self, key: str) -> None:
        """Find out whether Postgres answers again, in a thread of its own; one at a time."""
        failed_at = self._failed_at
        if failed_at is None or self._now() - failed_at < KEYS_RETRIED_S:
            return
        if not self._asking_again.acquire(blocking=False):
            return

        def ask() -> None:
            try:
                self.look_up(key)
            except LakeError as exc:
                log.debug("an API key that was good: %s", exc)
            except Exception:
                log.exception("an API key that was good could not be looked up")
            finally:
                self._asking_again.release()

        if not _started(Thread(target=ask, name="key-again", daemon=True)):
            self._asking_again.release()

    def close(self) -> None:
        """Write what was seen of uses, and stop."""
        self._closing.set()
        if self._writer is not None:
            self._writer.join(CLOSING_S_MAX)
            if self._writer.is_alive():
                return  # what it has not written by now is lost, as after a kill
        self.write_uses()

    def write_uses(self) -> None:
        """Write the last uses that wait; what cannot be written waits on."""
        with self._lock:
            uses, self._uses = self._uses, {}
        if not uses:
            return
        try:
            self.records.used(uses)
        except Exception as exc:  # whatever it is: the thread goes on, and so do requests
            log.warning(
                "the last uses of %d API keys were not written: %s",
                len(uses),
                exc,
                exc_info=not isinstance(exc, StorageUnavailable),
            )
            with self._lock:
                self._uses = uses | self._uses

    def _used(self, principal: Principal) -> None:
        with self._lock:
            if principal.subject in self._uses or len(self._uses) < USES_KEPT_MAX:
                self._uses[principal.subject] = self._today()
            if self._writer is None and not self._closing.is_set():
                writer = Thread(target=self._write, name="key-uses", daemon=True)
                self._writer = writer if _started(writer) else None

    def _write(self) -> None:
        while not self._closing.wait(USES_WRITTEN_S):
            self.write_uses()

    def _end(self, record: KeyRecord) -> float:
        """Return when the key ends, on our clock."""
        if record.expires_at is None:
            return float("inf")
        return self._now() + (record.expires_at - self._today()).total_seconds()


def _started(thread: Thread) -> bool:
    """Start a thread; False if none is to be had now, which is no reason to keep anybody out."""
    try:
        thread.start()
    except RuntimeError:
        log.warning("no thread could be started for API keys", exc_info=True)
        return False
    return True
