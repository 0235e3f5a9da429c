"""
One lookup for each credential, however many requests bring it, and only so many at a time.

Rule: a place is taken by the first request with a credential; those that come while it waits take
its answer, be it an error, and need no place.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from threading import Lock
from typing import Generic, TypeVar

from assets.errors import Overloaded
from auth.limits import LOOKUPS_MAX

T = TypeVar("T")


def _overloaded() -> Overloaded:
    return Overloaded(
        f"LOOKUPS_MAX = {LOOKUPS_MAX} credentials are being looked up: send this again"
    )


class Lookups(Generic[T]):
    """Lookups of a service of many threads. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._under_way: dict[bytes, Future[T]] = {}

    def of(self, digest: bytes, ask: Callable[[], T]) -> T:
        """
        Return what *ask* returns, or what it returns to whoever asks already; raises what it does.

        Raises:
            Overloaded: Too many others are being looked up.
        """
        with self._lock:
            found = self._under_way.get(digest)
            if found is None:
                if len(self._under_way) >= LOOKUPS_MAX:
                    raise _overloaded()
                answer = self._under_way[digest] = Future()
        if found is not None:
            return found.result()
        try:
            answer.set_result(ask())
        except BaseException as exc:
            answer.set_exception(exc)
        finally:
            with self._lock:
                del self._under_way[digest]
        return answer.result()


class AsyncLookups(Generic[T]):
    """
    The same for one event loop.

    Args:
        threads: Where is asked.
    """

    def __init__(self, threads: Executor) -> None:
        self._threads = threads
        self._under_way: dict[bytes, asyncio.Future[T]] = {}

    async def of(self, digest: bytes, ask: Callable[[], T]) -> T:
        """Return as `Lookups.of`; a request that is given up takes nothing from the others."""
        found = self._under_way.get(digest)
        if found is None:
            if len(self._under_way) >= LOOKUPS_MAX:
                raise _overloaded()
            found = asyncio.get_running_loop().run_in_executor(self._threads, ask)
            self._under_way[digest] = found
            found.add_done_callback(lambda done: self._ended(digest, done))
        return await asyncio.shield(found)

    def _ended(self, digest: bytes, done: asyncio.Future[T]) -> None:
        self._under_way.pop(digest, None)
        if not done.cancelled():
            done.exception()  # told to whoever waits; nobody may be left
