"""
Whether the service can answer: asked often, checked at most once a second, answered in time.

Rule: nobody who asks waits for storage that hangs. The check runs in a thread of its own; whoever
asks meanwhile waits for it up to a deadline, and once it is over that, not at all.
"""

import time
from collections.abc import Callable
from threading import Condition, Thread

from assets.errors import LakeError, StorageUnavailable
from assets.storage.lake import Lake
from assets.storage.tables import TableCache
from assets.views.log_entries import LOG_ENTRIES
from assets.views.physical import table_spec
from query_engine.failures import as_lake_error
from query_engine.limits import READY_SECONDS_MAX

FRESH_S = 1.0
"""An answer is given again for so long."""


def always_open() -> None:
    """Return: queries are taken."""


class Readiness:
    """
    Remembers the last answer of a check. Thread-safe.

    Args:
        check: Returns, or raises; may take any time.
        check_open: Returns while queries are taken, else raises a `LakeError`; asked each time.
        clock: Monotonic seconds.
        seconds_max: How long an answer may take.
    """

    def __init__(
        self,
        check: Callable[[], None],
        check_open: Callable[[], None] = always_open,
        clock: Callable[[], float] = time.monotonic,
        seconds_max: float = READY_SECONDS_MAX,
    ) -> None:
        self._check, self._check_open = check, check_open
        self._clock, self._seconds_max = clock, seconds_max
        self._changed = Condition()
        self._begun: float | None = None
        self._until = float("-inf")
        self._error: LakeError | None = None

    def __call__(self) -> None:
        """
        Return if queries are taken and the lake answers.

        Raises:
            LakeError: One of it is not so.
        """
        self._check_open()
        with self._changed:
            if self._begun is None and self._clock() >= self._until:
                self._begun = self._clock()
                Thread(target=self._run, name="readiness", daemon=True).start()
            if self._begun is not None:
                left = self._begun + self._seconds_max - self._clock()
                self._changed.wait_for(lambda: self._begun is None, max(0.0, left))
            if self._begun is not None:
                raise StorageUnavailable(
                    f"the lake's storage has not answered within {self._seconds_max:g} s"
                )
            error = self._error
        if error is not None:
            raise error.with_traceback(None)

    def _run(self) -> None:
        error: LakeError | None = None
        try:
            self._check()
        except Exception as raised:
            error = as_lake_error(raised, "")
        with self._changed:
            self._begun, self._error = None, error
            self._until = self._clock() + FRESH_S
            self._changed.notify_all()


def check_lake(lake: Lake, snapshots: TableCache) -> None:
    """
    Ask Postgres and the object store something small.

    Raises:
        StorageUnavailable: One of them does not answer.
    """
    with lake.connection() as connection:
        connection.execute("SELECT 1")
    snapshots.snapshot(lake, table_spec(LOG_ENTRIES))
