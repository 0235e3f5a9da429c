"""
What was found out about credentials, for a while.

Rule: a credential is remembered by its SHA-256 only; memory that leaks opens no door.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


def digest(credential: str) -> bytes:
    """Return the SHA-256 of a credential."""
    return hashlib.sha256(credential.encode()).digest()


class Remembered(Generic[T]):
    """
    Values that end, by digest; the oldest goes when there are too many. Thread-safe.

    Args:
        entries_max: How many are kept.
        now: Seconds; the same clock that ends are told in.
    """

    def __init__(self, entries_max: int, now: Callable[[], float] = time.monotonic) -> None:
        self._entries_max, self._now = entries_max, now
        self._lock = Lock()
        self._entries: OrderedDict[bytes, tuple[float, T]] = OrderedDict()

    def get(self, key: bytes) -> T | None:
        """Return the value, None when there is none or it has ended."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            if self._now() >= found[0]:
                del self._entries[key]
                return None
            return found[1]

    def put(self, key: bytes, value: T, end: float) -> None:
        """Keep a value until *end*."""
        with self._lock:
            self._entries.pop(key, None)
            while len(self._entries) >= self._entries_max:
                self._entries.popitem(last=False)
            self._entries[key] = (end, value)

    def drop(self, key: bytes) -> None:
        """Forget a value; harmless if there is none."""
        with self._lock:
            self._entries.pop(key, None)

    def __len__(self) -> int:
        return len(self._entries)
