"""
Any interleaving of threads that record spans, some in coroutines, and send images, blocks that
arrive late, out of order and twice, builds on demand, increments, rebuilds, compaction, merging of
days, retention of raw blocks, passing hours and queries: every query shows each span once, open or
ended, and each image once, as a plain reference says.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from assets.materialize import materialize, rebuild
from assets.storage.layout import Slice
from assets.storage.tables import TableCache, compact_slice, ensure_table, merge_day
from assets.storage.tables.rewriting import Budget
from assets.views.catalog import view_named
from assets.views.physical import table_spec
from benchmarks.soak.lakes import FreshLake
from benchmarks.soak.maintenance import GLOBAL_VIEWS
from benchmarks.soak.threads import Span, SpanBlock, Threads, expected
from benchmarks.soak.writers import Writers

THREADS = 2
JOBS_MAX = 2
JOB_TIMEOUT_S = 120.0
SPANS = view_named("thread_spans")
VIEWS = (SPANS, view_named("async_events"), view_named("images"))
NUMBERS = st.integers(0, THREADS - 1)


class ProcessMachine(RuleBasedStateMachine):
    """One example: a fresh lake and one process, then any sequence of the rules below."""

    fresh_lake: ClassVar[Callable[[ExitStack], FreshLake]]
    """Opens a fresh lake for one example, and closes it with the stack."""

    def __init__(self) -> None:
        super().__init__()
        self._exits = ExitStack()
        self._sent: list[SpanBlock] = []
        self._arrived: list[SpanBlock] = []
        self._pictures: list[str] = []
        self._jobs: list[Future[object]] = []

    @initialize()
    def open_lake(self) -> None:
        """Begin with a process that is known."""
        lake = type(self).fresh_lake(self._exits)
        self._clock, self._maintenance = lake.clock, lake.maintenance
        self._lake, self._tables = lake.maintenance.lake, TableCache()
        self._writers = Writers(lake.database_url, self._lake.objects)
        self._exits.callback(self._writers.close)
        self._pool = self._exits.enter_context(ThreadPoolExecutor(JOBS_MAX))
        self._process = Threads(THREADS)
        self._writers.commit_now(self._process, [], streams=True)
        for view in VIEWS:
            ensure_table(self._lake, table_spec(view))

    @rule(
        number=NUMBERS,
        begun=st.integers(1, 3),
        ended=st.integers(0, 3),
        in_coroutine=st.booleans(),
    )
    def run_spans(self, number: int, begun: int, ended: int, *, in_coroutine: bool) -> None:
        """A thread runs spans, within those that it is in."""
        for _ in range(begun):
            self._process.begin(number, in_coroutine=in_coroutine)
        for _ in range(ended):
            self._process.end(number)

    @rule(number=NUMBERS)
    def return_far_out(self, number: int) -> None:
        """A thread ends much of what it is in, begun in blocks long ago."""
        for _ in range(4):
            self._process.end(number)

    @rule(number=NUMBERS, of=NUMBERS)
    def end_for_another(self, number: int, of: int) -> None:
        """A span ends in another thread than it began in."""
        self._process.end(number, of=of)

    @rule(number=NUMBERS)
    def flush(self, number: int) -> None:
        """A thread writes a block, which is on its way now."""
        block = self._process.flush(number)
        if block is not None:
            self._sent.append(block)

    @rule(images=st.integers(1, 3))
    def send_images(self, images: int) -> None:
        """Images arrive, and arrive again."""
        block = self._process.images(images)
        for _ in range(2):
            self._writers.commit_now(self._process, [block], streams=True)
        self._pictures += block.marks

    @precondition(lambda self: self._sent)
    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        """Any block that is on its way arrives, before older ones perhaps."""
        block = self._sent.pop(data.draw(st.integers(0, len(self._sent) - 1), label="block"))
        self._writers.commit_now(self._process, [block.made], streams=True)
        self._arrived.append(block)

    @rule(number=NUMBERS, begun=st.integers(1, 3), ended=st.integers(1, 3), files=st.integers(1, 3))
    def a_thread_is_stored(self, number: int, begun: int, ended: int, files: int) -> None:
        """Block after block of a thread arrives and is built: files that can be merged."""
        for _ in range(files):
            self.run_spans(number, begun, ended, in_coroutine=False)
            self.run_spans(number, begun, ended, in_coroutine=True)
            self.send_images(1)
            self.flush(number)
            for block in self._sent:
                self._writers.commit_now(self._process, [block.made], streams=True)
            self._arrived += self._sent
            self._sent.clear()
            self._increment()

    @precondition(lambda self: self._arrived)
    @rule(work=st.sampled_from(["rebuild", "compact", "merge"]))
    def all_is_made_anew(self, work: str) -> None:
        """Maintenance goes over everything while nobody else is at it."""
        self.wait_for_maintenance()
        getattr(self, f"_{work}")()
        self._query_all()

    @precondition(lambda self: self._arrived)
    @rule(data=st.data())
    def arrive_again(self, data: st.DataObject) -> None:
        """A block comes twice: nothing changes."""
        block = data.draw(st.sampled_from(self._arrived), label="block")
        self._writers.commit_now(self._process, [block.made], streams=True)

    @rule(minutes=st.integers(10, 130))
    def time_passes(self, minutes: int) -> None:
        """Later blocks fall into later slices."""
        self._clock.advance(timedelta(minutes=minutes))

    @precondition(lambda self: len(self._jobs) < JOBS_MAX)
    @rule(work=st.sampled_from(["increment", "rebuild", "compact", "merge"]))
    def start(self, work: str) -> None:
        """Maintenance begins, and goes on meanwhile."""
        self._jobs.append(self._pool.submit(getattr(self, f"_{work}")))

    @precondition(lambda self: self._jobs)
    @rule()
    def wait_for_maintenance(self) -> None:
        """Whatever maintenance meets, it must not fail."""
        for job in self._jobs:
            job.result(JOB_TIMEOUT_S)
        self._jobs.clear()

    @rule()
    def raw_blocks_go(self) -> None:
        """Days pass; what the table has loses its raw blocks."""
        self._clock.advance(timedelta(days=2))
        self._increment()
        for view in GLOBAL_VIEWS:
            self._maintenance.increment(view)
        self._maintenance.retire_raw_days()

    @rule(eager=st.booleans(), since=st.none() | st.integers(0, 60))
    def query(self, eager: bool, since: int | None = None) -> None:
        """Each span once: with its end if that has arrived, without one if it is open."""
        wanted = expected(self._arrived, self._kept())
        lane = {span.id: span.in_coroutine and span.end >= 0 for span in wanted}
        spans = [(s.id, _duration(s), lane[s.id]) for s in wanted if s.begin >= (since or 0)]
        columns, where = "id, duration, stream_id = ''", ""
        if since is not None:
            at = datetime.fromtimestamp(self._process.origin_ns // 10**9, UTC).isoformat()
            ns = self._process.origin_ns % 10**9 + since
            where = f" WHERE \"begin\" >= TIMESTAMP '{at[:19]}' + INTERVAL 1 NANOSECOND * {ns}"
        source = f"process_spans('{self._id}', 'both')"
        self._check(f"SELECT {columns} FROM {source}{where} ORDER BY id", spans, eager=eager)

    @rule(eager=st.booleans())
    def query_events(self, eager: bool) -> None:
        """A begin and an end of each span of a coroutine that has ended."""
        ended = [span for span in expected(self._arrived, ()) if span.in_coroutine]
        events = [(span.id, kind) for span in ended for kind in ("begin", "end")]
        source = f"view_instance('async_events', '{self._id}')"
        sql = f"SELECT span_id, event_type FROM {source} ORDER BY span_id, event_type"
        self._check(sql, events, eager=eager)

    @rule(eager=st.booleans())
    def query_images(self, eager: bool) -> None:
        """Each image once."""
        images = [(mark.encode(),) for mark in sorted(self._pictures)]
        sql = f"SELECT data FROM view_instance('images', '{self._id}') ORDER BY data"
        self._check(sql, images, eager=eager)

    def _check(self, sql: str, wanted: list[Any], *, eager: bool) -> None:
        answer = self._maintenance.ask(sql, eager=eager)
        found = list(zip(*(column.to_pylist() for column in answer.columns), strict=True))
        assert found == wanted, f"{found} where {wanted} was written: {sql}"

    def _query_all(self) -> None:
        self.query(eager=False)
        self.query_events(eager=False)
        self.query_images(eager=False)

    @property
    def _id(self) -> str:
        return self._process.process.process_id

    def teardown(self) -> None:
        """Ask once more when all is built, and after all of it is made anew."""
        try:
            if hasattr(self, "_process"):
                self.wait_for_maintenance()
                self._query_all()
                self._increment()
                self._query_all()
                # Not left to chance: several files of one hour, which each kind of work replaces.
                self.a_thread_is_stored(0, 3, 1, 2)
                for work in ("compact", "merge", "rebuild"):
                    self.all_is_made_anew(work)
        finally:
            self._exits.close()

    def _kept(self) -> set[str]:
        """Return the ids of the blocks that are still there."""
        with self._lake.connection() as conn:
            rows = conn.execute(
                "SELECT block_id::text FROM blocks WHERE process_id = %s::uuid",
                (self._id,),
            )
            return {row[0] for row in rows}

    def _slices(self) -> list[Slice]:
        """Return the slices of the process, built or not."""
        with self._lake.connection() as conn:
            rows = conn.execute(
                "SELECT DISTINCT date_trunc('hour', insert_time, 'UTC') FROM blocks"
                " WHERE process_id = %s::uuid",
                (self._id,),
            )
            return [Slice.containing(row[0], self._id) for row in rows]

    def _increment(self) -> None:
        for view in VIEWS:
            materialize(self._lake, view, self._tables, process_id=self._id)

    def _rebuild(self) -> None:
        for view in VIEWS:
            rebuild(self._lake, view, self._tables, self._slices())

    def _compact(self) -> None:
        for view, slice_ in product(VIEWS, self._slices()):
            compact_slice(self._lake, table_spec(view), slice_, Budget(), growing=False)

    def _merge(self) -> None:
        for view, day in product(VIEWS, sorted({slice_.day for slice_ in self._slices()})):
            merge_day(self._lake, table_spec(view), day)


def _duration(span: Span) -> int | None:
    return span.end - span.begin if span.end >= 0 else None


def machine_on(fresh_lake: Callable[[ExitStack], FreshLake]) -> type[ProcessMachine]:
    """Return the state machine whose examples run on lakes opened by *fresh_lake*."""
    return type("ProcessMachine", (ProcessMachine,), {"fresh_lake": staticmethod(fresh_lake)})
