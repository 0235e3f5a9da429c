"""Questions of a dashboard, each answer of which is held against the ledger."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from random import Random
from threading import Event, Thread

import pyarrow as pa
from pyarrow import flight

from assets.storage.objects import ObjectStore
from benchmarks.maintenance.events import HOUR_NS, HOURS, Ledger, block_of
from benchmarks.soak.sender import Sender
from benchmarks.soak.writers import Writers

Seconds = dict[str, list[float]]

LATE_EVENTS = 1_000
LATE_EVERY_S = 0.5
NEWEST = 100


class Asker:
    """One client of the query service that asks all questions in turn."""

    def __init__(self, client: flight.FlightClient, ledger: Ledger) -> None:
        self._client, self._ledger = client, ledger
        self._rnd = Random(1)
        self.answers = 0

    def ask_for(self, go_on: Callable[[float], bool]) -> Seconds:
        """Ask while *go_on*, told how long it has been, says so; return the seconds of each."""
        seconds: Seconds = defaultdict(list)
        begun = time.perf_counter()
        while go_on(time.perf_counter() - begun):
            for question in (self.newest, self.one_hour, self.stats, self.newest, self.one_hour):
                self._timed(seconds, question)
            self._timed(seconds, self.everything)
        return seconds

    def everything(self) -> None:
        """All events there are."""
        before = self._ledger.acknowledged
        sql = "SELECT count(*) AS n, sum(CAST(msg AS BIGINT)) AS total FROM log_entries"
        self._ledger.check_all(before, *self._row(sql))

    def one_hour(self) -> None:
        """The events of one hour of the past days."""
        hour = self._rnd.randrange(1, HOURS)
        begin = self._ledger.begin_ns + hour * HOUR_NS
        low, high = (_text(ns) for ns in (begin, begin + HOUR_NS))
        self._ledger.check_hour(
            hour,
            *self._row(
                "SELECT count(*) AS n, sum(CAST(msg AS BIGINT)) AS total FROM log_entries"
                f" WHERE time >= TIMESTAMP '{low}' AND time < TIMESTAMP '{high}'"
            ),
        )

    def stats(self) -> None:
        """All events by level, from the rollup."""
        before = self._ledger.acknowledged
        table = self._table("SELECT level, sum(count) AS n FROM log_stats GROUP BY level")
        found = sum(table["n"].to_pylist())
        assert before <= found <= self._ledger.sent, f"log_stats counts {found}, {before} were sent"

    def newest(self) -> None:
        """The last log lines, as one looks at them."""
        table = self._table(f"SELECT time, msg FROM log_entries ORDER BY time DESC LIMIT {NEWEST}")
        assert table.num_rows == NEWEST, f"{table.num_rows} rows of {NEWEST}"

    def _timed(self, seconds: Seconds, question: Callable[[], None]) -> None:
        begun = time.perf_counter()
        question()
        seconds[question.__name__].append(time.perf_counter() - begun)
        self.answers += 1

    def _row(self, sql: str) -> tuple[int, int]:
        table = self._table(sql)
        return int(table[0][0].as_py()), int(table[1][0].as_py())

    def _table(self, sql: str) -> pa.Table:
        return self._client.do_get(flight.Ticket(sql.encode())).read_all()


@contextmanager
def late_events(database_url: str, objects: ObjectStore, ledger: Ledger) -> Iterator[None]:
    """Send events all the time: new ones, and such that happened three days ago."""
    ending = Event()
    writers, sender = Writers(database_url, objects), Sender(count(1))

    def send() -> None:
        for number in count():
            begin = ledger.begin_ns if number % 2 else time.time_ns() - 10**9
            first = ledger.sent + 1
            block = block_of(sender, first, LATE_EVENTS, begin, begin + 10**9)
            with ledger.lock:
                ledger.sent += LATE_EVENTS
            writers.commit_now(sender, [block], streams=number == 0)
            ledger.acknowledged += LATE_EVENTS
            if ending.wait(LATE_EVERY_S):
                return

    thread = Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
        writers.close()


def _text(ns: int) -> str:
    return datetime.fromtimestamp(ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S")
