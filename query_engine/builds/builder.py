"""
The service's own builds, and its requests for larger ones: one filling for each gap, for all.

Rule: no query builds in its own thread, so none is held by a build longer than it wants to wait,
and a build whose queries have all left goes on and does no harm.
"""

import logging
import socket
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from assets.errors import LakeError
from assets.materialize import Report, WantedSlices, bytes_lacking, fill, tell_of_build
from assets.storage.lake import Lake
from assets.storage.metadata.requests import Wish, ask, refused_lately
from assets.storage.tables import TableCache
from query_engine.builds.filling import Filling
from query_engine.builds.watch import RequestWatch
from query_engine.limits import (
    BUILD_BYTES_MAX,
    BUILD_LOCK_SECONDS_MAX,
    BUILDS_MAX,
    FILLINGS_MAX,
    GAP_AGAIN_SECONDS,
    GLOBAL_GAP_BYTES_MAX,
    HOURS_PASSED_SECONDS,
    PROCESS_GAP_BYTES_MAX,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GapLimits:
    """
    From where on something is done about a gap, in stored bytes.

    Attributes:
        process_bytes: Of a view kept per process, up to here a query decodes the gap for itself.
        global_bytes: Of the passed hours of other views, likewise.
        build_bytes: Up to here this service builds; what is larger is asked for.
        passed_seconds: So long after its end an hour counts as passed.
    """

    process_bytes: int = PROCESS_GAP_BYTES_MAX
    global_bytes: int = GLOBAL_GAP_BYTES_MAX
    build_bytes: int = BUILD_BYTES_MAX
    passed_seconds: float = HOURS_PASSED_SECONDS


class Builder:
    """
    Fills gaps in the background. Thread-safe.

    Args:
        lake: Where tables and blocks are.
        tables: Cache of snapshots.
        limits: What is small and what is large.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        lake: Lake,
        tables: TableCache,
        limits: GapLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lake, self._tables, self._clock = lake, tables, clock
        self.limits = limits or GapLimits()
        self._lock = Lock()
        self._fillings: dict[tuple[str, str], Filling] = {}
        self._failed: dict[tuple[str, str], float] = {}
        self._threads = ThreadPoolExecutor(BUILDS_MAX, thread_name_prefix="build")
        self._watch = RequestWatch(lake, tables, self.limits, self._over)
        self._name = f"query service on {socket.gethostname()}"
        self._closed = False

    def filling(self, gap: WantedSlices, reason: str) -> Filling | None:
        """
        Return the work on a gap, begun now unless it is under way.

        There may be work on other slices of it; come again when that has ended. None when nothing
        can be done now: it failed a moment ago, too much is under way, or the service stops.
        """
        key = (gap.view.name, gap.process_id)
        with self._lock:
            found = self._fillings.get(key)
            if found is not None:
                found.wanted_at = time.monotonic()
                return found
            self._failed = {
                name: until for name, until in self._failed.items() if until > self._clock()
            }
            if self._closed or key in self._failed or len(self._fillings) >= FILLINGS_MAX:
                return None
            made = self._fillings[key] = Filling(gap, reason)
            self._threads.submit(self._begin, made)
        return made

    def close(self, timeout_s: float) -> bool:
        """Stop: who waits goes on, nothing begins. False when a build still works after so long."""
        with self._lock:
            self._closed = True
            fillings = list(self._fillings.values())
        self._watch.close()
        for filling in fillings:
            filling.end("failed", "the query service stops")
        self._threads.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + timeout_s
        for thread in list(self._threads._threads):  # noqa: SLF001  (shutdown knows no time-out)
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads._threads)  # noqa: SLF001

    def _begin(self, filling: Filling) -> None:
        """Build a gap or ask for it; runs in a thread of ours."""
        try:
            size = bytes_lacking(self._lake, filling.gap, self._tables)
            if size > self.limits.build_bytes:
                self._ask(filling, size)
                return
            self._build(filling)
        except LakeError as error:
            log.warning("a gap of %s stays for now: %s", filling.key, error)
            self._over(filling, failed=str(error))
        except Exception:
            log.exception("a gap of %s could not be filled", filling.key)
            self._over(filling, failed="it failed; the log of the query service says why")

    def _build(self, filling: Filling) -> None:
        report = Report()
        filling.building(report)
        try:
            done = fill(
                self._lake,
                filling.gap,
                self._tables,
                wait_s=BUILD_LOCK_SECONDS_MAX,
                report=report,
            )
        finally:
            tell_of_build(self._lake, filling.gap.view, report, self._name)
        if done is None:
            self._over(filling, failed="another service has been building it for long")
        else:
            self._over(filling)

    def _ask(self, filling: Filling, size: int) -> None:
        gap = filling.gap
        begin, end = min(gap.slices).start, max(gap.slices).end
        hours = f"[{begin:%Y-%m-%dT%H:%M}Z, {end:%Y-%m-%dT%H:%M}Z)"
        reason = f"{filling.reason}: {size:,} bytes of {gap.view.name} {hours} are in no table"
        wish = Wish("materialize", gap.view.name, gap.process_id or None, begin, end, reason)
        with self._lake.connection() as conn:
            if refused_lately(conn, wish, GAP_AGAIN_SECONDS):
                self._over(filling, failed="a run of a moment ago could not build it")
                return
            filling.asked(ask(conn, uuid.uuid4(), wish))
        self._watch.add(filling)

    def _over(self, filling: Filling, failed: str = "") -> None:
        """Forget a filling that has ended; one that failed is not tried again at once."""
        with self._lock:
            self._fillings.pop(filling.key, None)
            if failed:
                self._failed[filling.key] = self._clock() + GAP_AGAIN_SECONDS
        filling.end("failed" if failed else "done", failed or "done")
