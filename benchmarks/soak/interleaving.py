"""
Any interleaving of writers, materialization, rebuild, compaction, merging of days, retention and
sampling of raw blocks, rewrites of segments, changes of views, passing hours and queries, eager
ones among them.

A hypothesis state machine: every query must equal what was acknowledged before it began, each
event once. Maintenance runs in threads, so its plans are stale as often as chance has it.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from itertools import count
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from benchmarks.soak.account import ANSWERS, TAGS, Account, marks_in
from benchmarks.soak.lakes import FreshLake
from benchmarks.soak.maintenance import GLOBAL_VIEWS, VIEWS_TO_MAINTAIN
from benchmarks.soak.sender import MadeBlock, Sender
from benchmarks.soak.writers import OpenWriter, Writers

OPEN_WRITERS_MAX = 4
JOBS_MAX = 3
JOB_TIMEOUT_S = 120.0


class LakeMachine(RuleBasedStateMachine):
    """One example: a fresh lake, then any sequence of the rules below."""

    fresh_lake: ClassVar[Callable[[ExitStack], FreshLake]]
    """Opens a fresh lake for one example, and closes it with the stack."""

    def __init__(self) -> None:
        super().__init__()
        self._exits = ExitStack()
        self._account = Account()
        self._marks = count(1)
        self._open: list[OpenWriter] = []
        self._resent: list[tuple[OpenWriter, OpenWriter]] = []
        self._stored: list[MadeBlock] = []
        self._orphans: list[tuple[Sender, MadeBlock]] = []
        self._jobs: list[Future[object]] = []

    @initialize()
    def open_lake(self) -> None:
        """Begin with one registered process."""
        lake = type(self).fresh_lake(self._exits)
        self._clock, self._maintenance = lake.clock, lake.maintenance
        self._writers = Writers(lake.database_url, lake.maintenance.lake.objects)
        self._exits.callback(self._writers.close)
        self._threads = self._exits.enter_context(ThreadPoolExecutor(JOBS_MAX))
        self._sender = Sender(self._marks)
        self._writers.commit_now(self._sender, [], streams=True)
        self._processes = [self._sender.process.process_id]

    @precondition(lambda self: len(self._open) < OPEN_WRITERS_MAX)
    @rule(
        shapes=st.lists(st.tuples(st.sampled_from(TAGS), st.integers(1, 4)), min_size=1, max_size=3)
    )
    def open_writer(self, shapes: list[tuple[str, int]]) -> None:
        """A transaction stores blocks and stays open: nothing of it may be seen."""
        blocks = [self._sender.block(tag, events) for tag, events in shapes]
        self._send(blocks)
        self._open.append(self._writers.open(self._sender, blocks))

    @precondition(lambda self: self._open)
    @rule(keep=st.sampled_from([True, True, True, False]), data=st.data())
    def end_writer(self, keep: bool, data: st.DataObject) -> None:
        """An open transaction commits, and is acknowledged, or rolls back."""
        writer = self._open.pop(data.draw(st.integers(0, len(self._open) - 1), label="writer"))
        writer.end(keep=keep)
        if keep:
            self._acknowledge(writer.blocks)
        waiting = [resent for first, resent in self._resent if first is writer]
        self._resent = [pair for pair in self._resent if pair[0] is not writer]
        for resent in waiting:
            resent.end(keep=True)
            self._acknowledge(resent.blocks)

    @precondition(lambda self: self._open and not self._resent)
    @rule()
    def resend_what_is_open(self) -> None:
        """The client lost patience: the same blocks come again while the first try is open."""
        first = self._open[-1]
        self._resent.append((first, self._writers.start(self._sender, first.blocks)))

    @precondition(lambda self: self._stored)
    @rule(data=st.data())
    def resend_what_is_stored(self, data: st.DataObject) -> None:
        """A block that was acknowledged comes again: nothing changes."""
        block = data.draw(st.sampled_from(self._stored), label="block")
        self._writers.commit_now(self._sender, [block], streams=True)

    @rule(tag=st.sampled_from(TAGS))
    def send_before_registering(self, tag: str) -> None:
        """A block arrives before its stream and process: it waits."""
        sender = Sender(self._marks)
        self._processes.append(sender.process.process_id)
        block = sender.block(tag, 2)
        self._send([block])
        self._writers.commit_now(sender, [block], streams=False)
        self._orphans.append((sender, block))

    @precondition(lambda self: self._orphans)
    @rule()
    def register_at_last(self) -> None:
        """The stream and process arrive: the block is visible from now on."""
        sender, block = self._orphans.pop(0)
        self._writers.commit_now(sender, [], streams=True)
        self._acknowledge([block])

    @rule(minutes=st.integers(10, 130))
    def time_passes(self, minutes: int) -> None:
        """Later blocks fall into later slices; passed hours can be closed."""
        self._clock.advance(timedelta(minutes=minutes))

    @precondition(lambda self: len(self._jobs) < JOBS_MAX)
    @rule(view=st.sampled_from(VIEWS_TO_MAINTAIN))
    def start_increment(self, view: str) -> None:
        """The sensor's work."""
        self._start(self._maintenance.increment, view)

    @precondition(lambda self: len(self._jobs) < JOBS_MAX)
    @rule(view=st.sampled_from(VIEWS_TO_MAINTAIN))
    def start_rebuild(self, view: str) -> None:
        """A backfill of every slice there is."""
        self._start(self._maintenance.rebuild, view)

    @precondition(lambda self: len(self._jobs) < JOBS_MAX)
    @rule(view=st.sampled_from(VIEWS_TO_MAINTAIN), small=st.booleans())
    def start_compaction(self, view: str, small: bool) -> None:
        """Every slice's files become few, in memory or beyond it."""
        self._start(partial(self._maintenance.compact, small=small), view)

    @precondition(lambda self: len(self._jobs) < JOBS_MAX)
    @rule(view=st.sampled_from(VIEWS_TO_MAINTAIN))
    def start_day_merge(self, view: str) -> None:
        """Every day's files become one, between its increments too."""
        self._start(self._maintenance.merge_days, view)

    @rule(view=st.sampled_from(("log_entries", "measures")), retype=st.booleans())
    def a_view_changes(self, view: str, retype: bool) -> None:
        """A newer program begins; jobs of the older one are still at work."""
        self._maintenance.change(view, retype=retype)

    @precondition(lambda self: len(self._jobs) < JOBS_MAX)
    @rule(slices=st.integers(1, 3))
    def start_rebuilding_what_changed(self, slices: int) -> None:
        """Some of what older programs have built is built anew, newest first."""
        self._jobs.append(self._threads.submit(self._maintenance.rebuild_changed, slices))

    @precondition(lambda self: not self._open)  # a day goes when no transaction is open any more
    @rule(catch_up=st.booleans())
    def days_pass_and_raw_blocks_go(self, catch_up: bool) -> None:
        """What all tables have loses its raw blocks; what one of them lacks stays."""
        self._clock.advance(timedelta(days=2))
        if catch_up:
            for view in GLOBAL_VIEWS:
                self._maintenance.increment(view)
            self._maintenance.rebuild_changed(100)
        self._maintenance.retire_raw_days()

    @precondition(lambda self: not self._open)
    @rule(slices=st.integers(1, 100))
    def a_rollup_changes_that_has_no_raw_blocks(self, slices: int) -> None:
        """Its hours come from the rows of its source then, while others work at both."""
        self._store("log", 2)
        self.time_passes(60)
        self.days_pass_and_raw_blocks_go(catch_up=True)
        self._maintenance.change("log_stats", retype=False)
        self._maintenance.rebuild_changed(slices)
        self.query(eager=False)

    @precondition(lambda self: len(self._jobs) < JOBS_MAX)
    @rule()
    def start_counting_days(self) -> None:
        """Days that are over are counted once and for all, and dropped when they are empty."""
        self._jobs.append(self._threads.submit(self._maintenance.count_days))

    @rule(
        tag=st.sampled_from(TAGS),
        in_peace=st.sampled_from([True, True, False]),
        data=st.data(),
    )
    def sampling_takes_blocks(self, tag: str, in_peace: bool, data: st.DataObject) -> None:
        """Some processes lose their raw blocks; tables keep the rows, and rebuilds do too."""
        self._store(tag, 2)
        self._clock.advance(timedelta(days=3))
        if in_peace:  # else open transactions, or tables that lack something, keep the blocks
            self._end_all()
            for view in GLOBAL_VIEWS:
                self._maintenance.increment(view)
            self._maintenance.count_days()
        ids = st.sampled_from(self._processes)
        self._maintenance.sample(tag, data.draw(st.lists(ids, unique=True), label="keep"))
        assert self._maintenance.miscounted_days() == [], "retention by size would go by these"
        if len(self._jobs) < JOBS_MAX:
            self.start_rewrite()

    @precondition(lambda self: len(self._jobs) < JOBS_MAX)
    @rule()
    def start_rewrite(self) -> None:
        """What is left of segments moves while others read it."""
        self._jobs.append(self._threads.submit(self._maintenance.rewrite_segments))

    @precondition(lambda self: not self._jobs and not self._open)
    @rule()
    def sweep_segments(self) -> None:
        """Segments that nothing refers to are deleted."""
        self._maintenance.sweep_segments()

    @precondition(lambda self: self._jobs)
    @rule()
    def wait_for_maintenance(self) -> None:
        """Whatever maintenance meets, it must not fail."""
        for job in self._jobs:
            job.result(JOB_TIMEOUT_S)
        self._jobs.clear()

    @rule(eager=st.sampled_from([False, False, True]))
    def query(self, eager: bool) -> None:
        """Every answer has what was acknowledged before the question, each event once."""
        for tag in TAGS:
            before = self._account.acknowledged_now(tag)
            found = marks_in(self._maintenance.ask(ANSWERS[tag], eager=eager))
            self._account.check(tag, before, found)
            assert set(found) == before, f"{tag}: events nobody acknowledged are visible"
        counted = self._maintenance.ask("SELECT count FROM log_stats", eager=eager)
        expected = len(self._account.acknowledged_now("log"))
        assert sum(counted[0].to_pylist()) == expected, "log_stats counts otherwise"
        assert self._maintenance.miscounted_days() == [], "retention by size would go by these"

    @rule(tag=st.sampled_from(TAGS), events=st.integers(1, 4))
    def ask_for_what_has_just_come(self, tag: str, events: int) -> None:
        """A query builds what it reads, whoever else is at the same tables."""
        self._store(tag, events)
        self.query(eager=True)

    def teardown(self) -> None:
        """End what is open and ask once more, and again when all is made anew."""
        try:
            self._end_all()
            self.wait_for_maintenance()
            if hasattr(self, "_maintenance"):
                self.query(eager=False)
                self._make_all_anew()
        finally:
            self._exits.close()

    def _make_all_anew(self) -> None:
        """Not left to chance: each kind of work replaces several files of one hour."""
        for _ in range(2):
            for tag in TAGS:
                self._store(tag, 2)
            for view in VIEWS_TO_MAINTAIN:
                self._maintenance.increment(view)
        for work in (
            self._maintenance.compact,
            self._maintenance.merge_days,
            self._maintenance.rebuild,
        ):
            for view in VIEWS_TO_MAINTAIN:
                work(view)
            self.query(eager=False)

    def _end_all(self) -> None:
        """Commit every transaction that is open."""
        while self._open:
            writer = self._open.pop()
            writer.end(keep=True)
            self._acknowledge(writer.blocks)
        while self._resent:
            _, resent = self._resent.pop()
            resent.end(keep=True)
            self._acknowledge(resent.blocks)

    def _start(self, work: Callable[[str], object], view: str) -> None:
        self._jobs.append(self._threads.submit(work, view))

    def _store(self, tag: str, events: int) -> None:
        """Store a block, acknowledged."""
        block = self._sender.block(tag, events)
        self._send([block])
        self._writers.commit_now(self._sender, [block], streams=True)
        self._acknowledge([block])

    def _send(self, blocks: list[MadeBlock]) -> None:
        for block in blocks:
            self._account.sent(block.tag, block.marks)

    def _acknowledge(self, blocks: "tuple[MadeBlock, ...] | list[MadeBlock]") -> None:
        for block in blocks:
            self._account.acknowledged(block.tag, block.marks)
            self._stored.append(block)


def machine_on(fresh_lake: Callable[[ExitStack], FreshLake]) -> type[LakeMachine]:
    """Return the state machine whose examples run on lakes opened by *fresh_lake*."""
    return type("LakeMachine", (LakeMachine,), {"fresh_lake": staticmethod(fresh_lake)})
