"""Whether the lake answers: asked often, checked at most once a second."""

import time
from collections.abc import Callable
from threading import Lock

from assets.errors import LakeError
from assets.storage.lake import Lake
from assets.storage.tables import TableCache
from assets.views.catalog import VIEWS
from assets.views.physical import table_spec

FRESH_S = 1.0
"""An answer is given again for so long."""


class Readiness:
    """
    Remembers the last answer of a check. Thread-safe.

    Args:
        check: Returns, or raises a `LakeError`.
        clock: Monotonic seconds.
    """

    def __init__(
        self, check: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._check, self._clock = check, clock
        self._lock = Lock()
        self._until = 0.0
        self._error: LakeError | None = None

    def __call__(self) -> None:
        """
        Return if the lake answers.

        Raises:
            LakeError: It does not.
        """
        with self._lock:
            if self._clock() >= self._until:
                self._error = self._asked()
                self._until = self._clock() + FRESH_S
            error = self._error
        if error is not None:
            raise error.with_traceback(None)

    def _asked(self) -> LakeError | None:
        try:
            self._check()
        except LakeError as error:
            return error
        return None


def check_lake(lake: Lake, snapshots: TableCache) -> None:
    """
    Ask Postgres and the object store something small.

    Raises:
        StorageUnavailable: One of them does not answer.
    """
    with lake.connection() as connection:
        connection.execute("SELECT 1")
    snapshots.snapshot(lake, table_spec(VIEWS[0]))
