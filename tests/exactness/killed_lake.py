"""A lake whose maintenance is killed at every change in turn, and what queries must say of it."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from assets.maintain.catalog import task_named
from assets.maintain.task import Outcome, Site, run
from assets.storage.metadata.partitions import ensure_partitions
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN, Views
from benchmarks.soak.account import ANSWERS, TAGS, marks_in
from benchmarks.soak.changes import with_change
from benchmarks.soak.lakes import FreshLake
from benchmarks.soak.maintenance import GLOBAL_VIEWS
from benchmarks.soak.sender import MadeBlock, Sender
from benchmarks.soak.writers import Writers
from tests.exactness.doomed import Doomed

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KILLS_MAX = 120
"""A task that is still not through after so many kills does not end by being repeated."""


@dataclass
class KilledLake:
    """
    Blocks of some past hours, and tasks that are killed.

    Attributes:
        going: Marks that a task may take away, by tag: all of a tag at once, and for good.
        doubled: Rows may be there twice: that is what the task is to repair.
        changed: Views that mean something else to the program that runs the tasks.
    """

    fresh: FreshLake
    doomed: Doomed
    exits: ExitStack
    going: dict[str, frozenset[str]] = field(default_factory=dict)
    doubled: bool = False
    changed: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.maintenance, self.clock = self.fresh.maintenance, self.fresh.clock
        self.lake = self.maintenance.lake
        self._sender = Sender(count(1))
        self._writers = Writers(self.fresh.database_url, self.lake.objects)
        self.exits.callback(self._writers.close)
        self._acknowledged: dict[str, set[str]] = {tag: set() for tag in TAGS}
        self._gone: set[str] = set()
        self.clock.advance(DAY - (self.now - self.now.replace(hour=1, minute=0)))

    @property
    def now(self) -> datetime:
        """The time by the lake's clock."""
        return self.maintenance.now()

    @property
    def views(self) -> Views:
        """The views as the program has them that runs the tasks."""
        views = BUILT_IN
        for name in self.changed:
            views = with_change(views, name, retype=False)
        return views

    def send(self, *, log: int = 2, metrics: int = 2) -> list[MadeBlock]:
        """Store a segment with a block of each tag, acknowledged."""
        with self.lake.connection() as conn:
            ensure_partitions(conn)
        blocks = [self._sender.block("log", log), self._sender.block("metrics", metrics)]
        self._writers.commit_now(self._sender, blocks, streams=True)
        for block in blocks:
            self._acknowledged[block.tag].update(block.marks)
        return blocks

    def send_hours(
        self, hours: int, *, commits: int = 1, views: Sequence[str] = GLOBAL_VIEWS
    ) -> dict[str, frozenset[str]]:
        """Send in so many hours; the tables get each in so many commits. Returns the marks."""
        before = {tag: frozenset(marks) for tag, marks in self._acknowledged.items()}
        for _ in range(hours):
            for _ in range(commits):
                self.send()
                for view in views:
                    self.maintenance.increment(view)
            self.clock.advance(HOUR)
        return {tag: frozenset(marks) - before[tag] for tag, marks in self._acknowledged.items()}

    def pass_days(self, days: int, views: Sequence[str] = GLOBAL_VIEWS) -> None:
        """Let time pass until the same time of another day; hours that are over are closed."""
        self.clock.advance(days * DAY)
        with self.lake.connection() as conn:
            ensure_partitions(conn)
        for view in views:
            self.maintenance.increment(view)

    def check(self) -> None:
        """
        Ask for everything: what is acknowledged and not going, each once.

        Raises:
            AssertionError: Something is lost, doubled, half gone or back again.
        """
        self.maintenance.views = self.views
        for tag in TAGS:
            found = marks_in(self.maintenance.ask(ANSWERS[tag]))
            going = self.going.get(tag, frozenset())
            left = going & set(found)
            assert left in (going, frozenset()), f"{tag}: a part of a day is gone"
            assert not left or tag not in self._gone, f"{tag}: a day is back again"
            if going and not left:
                self._gone.add(tag)
            wanted = sorted((self._acknowledged[tag] - going) | left)
            once = sorted(set(found)) if self.doubled else sorted(found)
            assert once == wanted, f"{tag}: lost or doubled"
        counted = sum(self.maintenance.ask("SELECT count FROM log_stats")[0].to_pylist())
        logs = len(self._acknowledged["log"])
        assert counted in {logs, logs - len(self.going.get("log", ()))}, "log_stats"

    def kill_until_through(
        self, task: str, *, ahead: timedelta = timedelta(0), every: int = 1, **told: Any
    ) -> int:
        """
        Kill a task before its first change, its second, and so on until it gets through.

        With *every* not before each of them: a task may make many that are alike.
        """
        for kills in range(KILLS_MAX):
            ended = self.doomed.run(
                task,
                after=kills * every,
                lake={"database_url": self.fresh.database_url, "root_uri": self.lake.root_uri},
                now=self.now + ahead,
                settings=told,
                changed=list(self.changed),
            )
            assert not ended.failed, f"{task} after {kills} kills: {ended.failed}"
            self.check()
            if not ended.killed:
                print(task, kills, "kills")
                return kills
        raise AssertionError(f"{task} is still not through after {KILLS_MAX} kills")

    def plan(self, task: str, *, ahead: timedelta = timedelta(0), **told: Any) -> Outcome:
        """Return what the task would do now."""
        chosen = task_named(task)
        site = Site(self.lake, TableCache(), self.now + ahead, self.views)
        return run(chosen, site, chosen.settings(**told), dry_run=True)
