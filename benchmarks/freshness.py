"""
How soon acknowledged events are visible in SQL, and what the smallest query takes.

Each trial sends one block, waits for its acknowledgement, and then asks over Flight until the
answer contains it (a right system needs one answer). Peer: a row inserted into a Postgres table of
its own and selected again over one open connection, which is as little as a server can do.
"""

import time
from collections.abc import Callable, Sequence

import httpx
import psycopg
from pyarrow import flight

from benchmarks.report_lines import Line, arguments, emit, percentile
from benchmarks.scratch_lake import scratch_lake
from benchmarks.shop_traffic import Application, log_payload
from limnograph.wire.envelope import CONTENT_TYPE

ROWS_PER_BLOCK = 100
WARM_UP_TRIALS = 5
ANSWERS_MAX = 100
"""Answers without the events after which a trial fails: they should have been in the first."""


def main() -> None:
    """Measure and print."""
    trials = 100 if arguments(__doc__).quick else 1_000
    with scratch_lake() as lake, lake.ingest() as receiver, lake.query() as queries:
        uri = f"grpc://127.0.0.1:{queries.ports['flight']}"
        with (
            httpx.Client(base_url=receiver.url) as http,
            flight.connect(uri) as client,
            psycopg.connect(lake.settings.database_url, autocommit=True) as postgres,
        ):
            answers, seen = visible_after_acknowledgement(http, client, trials)
            trivial = timed(trials, lambda: ask(client, "SELECT 1 AS one"))
            postgres.execute("CREATE TABLE bench_events (id int, msg text)")
            inserted = timed(trials, lambda: insert_and_select(postgres))
            selected = timed(trials, lambda: postgres.execute("SELECT 1").fetchone())
    row_peer = "Postgres: one row inserted, then selected"
    for percent in (50, 99):
        emit(in_ms("visible", seen, row_peer, inserted, percent))
    emit(in_ms("trivial_query", trivial, "Postgres: SELECT 1", selected, 50))
    assert answers == 1, f"acknowledged events were missing from {answers - 1} answers"


def visible_after_acknowledgement(
    http: httpx.Client, client: flight.FlightClient, trials: int
) -> tuple[int, Sequence[float]]:
    """Return the most answers that a trial needed, and each trial's seconds to the right one."""
    application = Application()
    headers = {"Content-Type": CONTENT_TYPE}
    worst, seconds = 0, []
    for trial in range(WARM_UP_TRIALS + trials):
        payload = log_payload(ROWS_PER_BLOCK, trial, begin_ns=time.time_ns(), span_s=0.01)
        body = application.request([payload])
        http.post("/v1/blocks", content=body, headers=headers).raise_for_status()
        start = time.perf_counter()
        answers = _answers_until((trial + 1) * ROWS_PER_BLOCK, client, application)
        if trial >= WARM_UP_TRIALS:
            worst = max(worst, answers)
            seconds.append(time.perf_counter() - start)
    return worst, seconds


def _answers_until(rows: int, client: flight.FlightClient, application: Application) -> int:
    process_id = application.process.process_id
    sql = f"SELECT count(*) AS n FROM log_entries WHERE process_id = '{process_id}'"
    for answers in range(1, ANSWERS_MAX + 1):
        if ask(client, sql) == rows:
            return answers
    raise RuntimeError(f"{ANSWERS_MAX} answers without acknowledged events")


def ask(client: flight.FlightClient, sql: str) -> object:
    """Return the only value of a query's answer."""
    table = client.do_get(flight.Ticket(sql.encode())).read_all()
    return table.column(0)[0].as_py()


def insert_and_select(postgres: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Do what the peer does."""
    postgres.execute("INSERT INTO bench_events VALUES (1, 'something happened')")
    postgres.execute("SELECT count(*) FROM bench_events WHERE id = 1").fetchone()


def timed(count: int, run: Callable[[], object]) -> list[float]:
    """Return the seconds of each of *count* runs, after a few that are not counted."""
    seconds = []
    for trial in range(WARM_UP_TRIALS + count):
        start = time.perf_counter()
        run()
        if trial >= WARM_UP_TRIALS:
            seconds.append(time.perf_counter() - start)
    return seconds


def in_ms(
    name: str, ours: Sequence[float], peer: str, theirs: Sequence[float], percent: int
) -> Line:
    """Return the line that compares a percentile of seconds."""
    return Line(
        name=f"freshness.{name}_p{percent}",
        value=percentile(ours, percent) * 1e3,
        unit="ms",
        peer=peer,
        peer_value=percentile(theirs, percent) * 1e3,
        conditions={"trials": len(ours), "rows_per_block": ROWS_PER_BLOCK},
    )


if __name__ == "__main__":
    main()
