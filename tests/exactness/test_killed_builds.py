"""Builds of one process's tables that are killed at every change that they make, in turn."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from assets.storage.tables.spec import open_table
from assets.views.catalog import view_named
from assets.views.physical import table_spec
from benchmarks.soak.lakes import FreshLake, fresh_lake
from benchmarks.soak.threads import SpanBlock, Threads, expected
from benchmarks.soak.writers import Writers
from query_engine.workers.pool import WorkerPool
from stack.postgres import EmbeddedPostgres
from tests.exactness.doomed import Doomed, compiled

pytestmark = pytest.mark.slow

HOURS = 3
KILLS_MAX = 60
"""A build that is still not through after so many kills does not end by being repeated."""


class Spans:
    """A process whose spans, some open, lie in some hours."""

    def __init__(self, fresh: FreshLake, exits: ExitStack) -> None:
        self._fresh, self._process = fresh, Threads(2)
        self._writers = Writers(fresh.database_url, fresh.maintenance.lake.objects)
        exits.callback(self._writers.close)
        self._arrived: list[SpanBlock] = []
        self._pictures: list[bytes] = []
        self._writers.commit_now(self._process, [], streams=True)

    @property
    def process_id(self) -> str:
        """Whose they are."""
        return self._process.process.process_id

    def send(self) -> None:
        """Send two blocks of spans and one of images, in an hour of their own."""
        for number in range(2):
            for in_coroutine in (False, True, False):
                self._process.begin(number, in_coroutine=in_coroutine)
            self._process.end(number)
            self._process.end(number)
            block = self._process.flush(number)
            assert block is not None, "two spans have ended"
            self._writers.commit_now(self._process, [block.made], streams=True)
            self._arrived.append(block)
        images = self._process.images(2)
        self._writers.commit_now(self._process, [images], streams=True)
        self._pictures += [mark.encode() for mark in images.marks]
        self._fresh.clock.advance(timedelta(hours=1))

    def check(self) -> None:
        """
        Ask for all of it.

        Raises:
            AssertionError: Something is lost or doubled.
        """
        wanted = expected(self._arrived, {one.made.header.block_id for one in self._arrived})
        spans = f"SELECT id, \"end\" IS NULL FROM process_spans('{self.process_id}', 'both')"
        found = self._rows(f"{spans} ORDER BY id")
        assert found == [(span.id, span.end < 0) for span in wanted]
        events = f"FROM view_instance('async_events', '{self.process_id}')"
        asynchronous = sum(span.in_coroutine and span.end >= 0 for span in wanted)
        assert self._rows(f"SELECT count(*) {events}") == [(2 * asynchronous,)]
        images = f"SELECT data FROM view_instance('images', '{self.process_id}') ORDER BY data"
        assert self._rows(images) == [(data,) for data in sorted(self._pictures)]

    def _rows(self, sql: str) -> list[tuple[object, ...]]:
        answer = self._fresh.maintenance.ask(sql)
        return list(zip(*(column.to_pylist() for column in answer.columns), strict=True))


@pytest.fixture(scope="module")
def doomed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doomed]:
    """Return the program whose children are killed."""
    program = Doomed(compiled(tmp_path_factory.mktemp("doom")))
    yield program
    program.close()


@pytest.mark.parametrize("view", ["thread_spans", "async_events", "images"])
def test_a_build_that_is_killed_anywhere_loses_and_doubles_nothing(
    view: str,
    postgres_server: EmbeddedPostgres,
    tmp_path: Path,
    doomed: Doomed,
    workers: WorkerPool,
) -> None:
    """
    Each next build goes on; in the end the table has every hour, in one file each.
    """
    with ExitStack() as exits:
        fresh = fresh_lake(postgres_server, tmp_path, exits, workers=workers)
        spans = Spans(fresh, exits)
        for _ in range(HOURS):
            spans.send()
        lake = fresh.maintenance.lake
        where = {"database_url": fresh.database_url, "root_uri": lake.root_uri}
        for kills in range(KILLS_MAX):
            ended = doomed.build(view, spans.process_id, after=kills, lake=where)
            assert not ended.failed, f"after {kills} kills: {ended.failed}"
            spans.check()
            if not ended.killed:
                break
        assert 4 < kills < KILLS_MAX - 1
        assert len(open_table(lake, table_spec(view_named(view))).file_uris()) == HOURS
