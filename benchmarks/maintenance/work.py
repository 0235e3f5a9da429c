"""
``python -m benchmarks.maintenance.work KIND VIEW...``: work on a lake, until it is told to end.

``increments`` brings the tables up to date every few seconds, as the sensor's runs do. ``behind``
gives way, as maintenance does in production, and takes turns: rebuild, compaction, merging of days,
vacuum. Ends when its standard input has ended and a whole round is done; prints how often each was.
"""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from assets.maintain.catalog import task_named
from assets.maintain.priority import giving_way
from assets.maintain.task import Site, run
from assets.materialize import materialize, rebuild
from assets.storage.lake import Lake, open_lake
from assets.storage.settings import LakeSettings
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN, view_named
from assets.views.physical import table_spec
from assets.views.view import View
from orchestration.settings import OrchestrationSettings

INCREMENT_EVERY_S = 10.0
"""The sensor looks every 30 s by default, and at most every five."""

REBUILT_A_ROUND = 4


class Work:
    """What was done, and what has gone wrong."""

    def __init__(self, lake: Lake, views: Sequence[View]) -> None:
        self._lake, self._views = lake, views
        self._tables = TableCache()
        self._ending = threading.Event()
        self.counts: Counter[str] = Counter()
        self.rounds = 0

    def end(self) -> None:
        """End after the round that is going on."""
        self._ending.set()

    def increments(self) -> None:
        """Bring the tables up to date again and again."""
        while not self._ending.wait(INCREMENT_EVERY_S):
            for view in self._views:
                report = materialize(self._lake, view, self._tables)
                self.counts["increments"] += report.commits

    def rounds_of_maintenance(self) -> None:
        """Do everything that changes files, in turn."""
        while self.rounds == 0 or not self._ending.is_set():
            for view in self._views:
                slices = sorted(self._tables.snapshot(self._lake, table_spec(view)).owned())
                chosen = slices[self.rounds :: max(1, len(slices) // REBUILT_A_ROUND)]
                for slice_ in chosen[:REBUILT_A_ROUND]:
                    rebuild(self._lake, view, self._tables, [slice_])
                    self.counts["rebuilt hours"] += 1
            for name in ("compaction", "day_merge", "vacuum"):
                self._task(name)
            self.rounds += 1

    def _task(self, name: str) -> None:
        task = task_named(name)
        named = [view.name for view in self._views]
        more = {"files_min": 2, "growing_files_min": 4} if name == "compaction" else {}
        site = Site(self._lake, self._tables, datetime.now(UTC), BUILT_IN)
        outcome = run(task, site, task.settings(views=named, **more), dry_run=False)
        for _, error in outcome.failed:
            raise error
        self.counts[name] += len(outcome.done)


def main() -> None:
    """Do one kind of work until standard input ends."""
    kind, *names = sys.argv[1:]
    with open_lake(LakeSettings(), pool_size=4) as lake:  # type: ignore[call-arg]
        work = Work(lake, [view_named(name) for name in names])
        begun = time.monotonic()
        threading.Thread(target=_wait_for_end, args=(work,), daemon=True).start()
        print("working", flush=True)
        if kind == "increments":
            work.increments()
        else:
            with giving_way(OrchestrationSettings().maintenance_nice):
                work.rounds_of_maintenance()
    told = {"rounds": work.rounds, "seconds": time.monotonic() - begun, **work.counts}
    print(json.dumps(told), flush=True)


def _wait_for_end(work: Work) -> None:
    sys.stdin.read()
    work.end()


if __name__ == "__main__":
    main()
