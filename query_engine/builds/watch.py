"""One thread that looks how the requests of a service go, however many queries wait for them."""

import logging
import time
from collections.abc import Callable, Sequence
from threading import Condition, Thread
from typing import Protocol

from assets.errors import LakeError
from assets.materialize import bytes_lacking
from assets.storage.lake import Lake
from assets.storage.metadata.requests import ENDED, Standing, seconds_since_look, standings
from assets.storage.tables import TableCache
from query_engine.builds.filling import Filling
from query_engine.limits import (
    FILLING_KEPT_SECONDS,
    GAP_LOOK_SECONDS,
    REQUEST_LOOK_SECONDS_MAX,
    REQUEST_POLL_SECONDS,
)

log = logging.getLogger(__name__)


class Limits(Protocol):
    """What a gap may have for a query to decode it."""

    @property
    def process_bytes(self) -> int:
        """In a view that is kept per process."""
        ...

    @property
    def global_bytes(self) -> int:
        """In another view."""
        ...


class RequestWatch:
    """
    Follows requests until they have ended, their gap is filled, or nobody wants it any more.

    Args:
        lake: Where requests are.
        tables: Cache of snapshots.
        limits: When a gap is small again.
        over: Called for what has ended, with the reason if it failed.
    """

    def __init__(
        self,
        lake: Lake,
        tables: TableCache,
        limits: Limits,
        over: Callable[[Filling, str], None],
    ) -> None:
        self._lake, self._tables, self._limits, self._over = lake, tables, limits, over
        self._changed = Condition()
        self._followed: list[Filling] = []
        self._thread: Thread | None = None
        self._closed = False
        self._looked: dict[str, float] = {}

    def add(self, filling: Filling) -> None:
        """Follow the request of a filling from now on."""
        with self._changed:
            self._followed.append(filling)
            if self._thread is None and not self._closed:
                self._thread = Thread(target=self._run, name="requests", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def close(self) -> None:
        """Follow nothing any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._followed)
                if self._closed:
                    return
                followed = list(self._followed)
            try:
                self._look(followed)
            except LakeError as error:
                log.warning("requests are not looked at for now: %s", error)
            except Exception:
                # Whoever waits has a deadline of its own, and the next look may work.
                log.exception("requests could not be looked at")
            with self._changed:
                self._changed.wait_for(lambda: self._closed, REQUEST_POLL_SECONDS)

    def _look(self, followed: Sequence[Filling]) -> None:
        with self._lake.connection() as conn:
            since = seconds_since_look(conn)
            found = standings(conn, [filling.request_id for filling in followed])
        attended = since is not None and since <= REQUEST_LOOK_SECONDS_MAX
        for filling in followed:
            standing = found.get(filling.request_id)
            if standing is None:
                self._drop(filling, "its request is gone")
            elif standing.state in ENDED:
                self._drop(filling, "" if standing.state == "done" else standing.message)
            else:
                self._follow(filling, standing, attended=attended)

    def _follow(self, filling: Filling, standing: Standing, *, attended: bool) -> None:
        filling.stands(standing, attended=attended)
        now = time.monotonic()
        if not filling.waiting and now - filling.wanted_at > FILLING_KEPT_SECONDS:
            self._drop(filling, "")
        elif filling.waiting and now - self._looked.get(filling.request_id, 0) > GAP_LOOK_SECONDS:
            # What a run has committed counts at once; that it ends takes Dagster some seconds.
            self._looked[filling.request_id] = now
            try:
                size = bytes_lacking(self._lake, filling.gap, self._tables)
            except LakeError as error:
                # Its table's trouble: the others are followed, and the next look tries again.
                log.warning("what %s lacks is not known for now: %s", filling.gap.view.name, error)
                return
            per_process = bool(filling.gap.process_id)
            enough = self._limits.process_bytes if per_process else self._limits.global_bytes
            if size <= enough:
                self._drop(filling, "")

    def _drop(self, filling: Filling, failed: str) -> None:
        with self._changed:
            self._followed = [one for one in self._followed if one is not filling]
            self._looked.pop(filling.request_id, None)
        self._over(filling, failed)
