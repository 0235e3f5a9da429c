"""
The part `queries`: the first and the second question about a process that no table knows yet.

The first has its spans built into a table; the second reads that table only, which is shown by
moving all raw blocks away before it is asked.
"""

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import httpx
import psutil
import psycopg

from assets.storage.lake import open_lake
from benchmarks.report_lines import Line, Spent, measured
from benchmarks.scratch_lake import ScratchLake, Service, scratch_lake
from benchmarks.soak.sender import MadeBlock, Sender
from benchmarks.soak.writers import Writers
from benchmarks.spans.blocks_to_sql import PEER as LOOP
from benchmarks.spans.blocks_to_sql import PEER_BLOCKS, looped
from benchmarks.spans.made import blocks, calls, sender
from benchmarks.spans.part import Part

PEER = f"DuckDB {duckdb.__version__} over the same Parquet files"
BLOCKS_PER_REQUEST = 4
SPANS_PER_REQUEST_OF = 100
"""Spans of one request that the made-up process serves, so that there are as many as asked for."""

BUILT_HERE = {
    "LIMNO_QUERY_ON_DEMAND_PROCESS_BYTES": "0",
    "LIMNO_QUERY_ON_DEMAND_BUILD_BYTES": str(1 << 40),
    "LIMNO_QUERY_QUERY_SECONDS_MAX": "3600",
}
"""The service builds, however much it is, and whoever asks waits for it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with what it cost: seconds, and bytes of raw blocks and of table files."""

    sums: list[tuple[str, int, int]]
    spent: Spent
    raw_bytes: int
    delta_bytes: int

    @property
    def cpu_s(self) -> float:
        """Seconds of the service, its workers and Postgres."""
        return sum(self.spent.cpu_s.values())

    def conditions(self) -> dict[str, Any]:
        """Return what is printed beside its CPU time."""
        return {
            "seconds": round(self.spent.wall_s, 3),
            "cpu_s": round(self.cpu_s, 3),
            "raw_mb": round(self.raw_bytes / 1e6, 1),
            "delta_mb": round(self.delta_bytes / 1e6, 1),
        }


def lines(quick: bool) -> Iterator[Line]:
    """Ask twice, beside a loop over the blocks and beside another engine over the files."""
    asked_for = 50_000 if quick else 10_000_000
    warm, load = sender(), sender()
    made = list(blocks(load, calls(asked_for, 2, asked_for // SPANS_PER_REQUEST_OF)))
    count = sum(block.header.nb_objects for block in made)
    with scratch_lake() as lake:
        store(lake, warm, list(blocks(warm, calls(2_000, 3, 50))))
        store(lake, load, made)
        with lake.query(BUILT_HERE) as service:
            ask(lake, service, warm)
            first = ask(lake, service, load)
            (lake.folder / "lake" / "segments").rename(lake.folder / "away")
            second = ask(lake, service, load)
            third = ask(lake, service, load)
        theirs, theirs_s, theirs_cpu_s = over_files(lake.folder / "lake", load)
    assert first.sums == second.sums == third.sums == theirs, "the same sums"
    assert sum(n for _, n, _ in theirs) == count, "every span is in the answer once"
    assert first.raw_bytes == sum(len(block.payload) for block in made), "each block once"
    assert second.raw_bytes == third.raw_bytes == 0, "the second question reads the table only"
    assert first.delta_bytes == second.delta_bytes > 0
    loop_s, _ = looped(made[:PEER_BLOCKS])
    looped_over = sum(block.header.nb_objects for block in made[:PEER_BLOCKS])
    yield Line(
        name="spans.first query", value=1e6 * first.cpu_s / count, unit="CPU us per span",
        peer=LOOP, peer_value=1e6 * loop_s / looped_over,
        conditions={"spans": count, **first.conditions()},
    )  # fmt: skip
    best = min(second, third, key=lambda one: one.spent.wall_s)
    yield Line(
        name="spans.second query", value=best.spent.wall_s, unit="s",
        peer=PEER, peer_value=theirs_s,
        conditions={"spans": count, **best.conditions(), "peer_cpu_s": round(theirs_cpu_s, 3)},
    )  # fmt: skip


def store(lake: ScratchLake, of: Sender, made: list[MadeBlock]) -> None:
    """Store blocks as the receiver does, a few in each request."""
    with open_lake(lake.settings) as opened:
        writers = Writers(lake.settings.database_url, opened.objects)
        try:
            for start in range(0, len(made), BLOCKS_PER_REQUEST):
                some = made[start : start + BLOCKS_PER_REQUEST]
                writers.commit_now(of, some, streams=start == 0)
        finally:
            writers.close()


def ask(lake: ScratchLake, service: Service, of: Sender) -> Answer:
    """Return number and nanoseconds of the spans of a process by name, and what that took."""
    sql = (
        "SELECT name, count(*) AS n, sum(duration) AS ns"
        f" FROM process_spans('{of.process.process_id}', 'thread') GROUP BY name ORDER BY name"
    )
    query_id, built = str(uuid4()), built_bytes(lake)
    watched: dict[str, psutil.Process] = {"query": service.process, "postgres": lake.postgres}
    with ThreadPoolExecutor(1) as threads, httpx.Client(base_url=service.url, timeout=None) as http:
        ended = threads.submit(last_event, service.url, query_id)
        with measured(**watched) as spent:
            found = http.post("/api/query", json={"sql": sql}, headers={"x-query-id": query_id})
            rows = found.raise_for_status().json()["rows"]
        said = ended.result(60)
    assert said["tail_blocks"] == 0, "what the table lacked was built first"
    sums = [tuple(row.values()) if isinstance(row, dict) else tuple(row) for row in rows]
    return Answer(
        [(str(name), int(n), int(ns)) for name, n, ns in sums],
        spent,
        built_bytes(lake) - built,
        int(said["bytes_total"]),
    )


def last_event(url: str, query_id: str) -> Mapping[str, Any]:
    """Follow a query to its end; return what the service says of it then."""
    said: Mapping[str, Any] = {}
    deadline = time.monotonic() + 30
    while not said and time.monotonic() < deadline:
        with httpx.stream("GET", f"{url}/api/queries/{query_id}/progress", timeout=None) as events:
            for line in events.iter_lines():
                if line.startswith("data: "):
                    said = json.loads(line.removeprefix("data: "))
    return said


def built_bytes(lake: ScratchLake) -> int:
    """Return the bytes of raw blocks that the service has built tables from."""
    with psycopg.connect(lake.settings.database_url) as conn:
        row = conn.execute("SELECT coalesce(sum(bytes), 0) FROM build_reports").fetchone()
    assert row is not None, "a sum is a row"
    return int(row[0])


def over_files(folder: Path, of: Sender) -> tuple[list[tuple[str, int, int]], float, float]:
    """Return the other engine's answer, its seconds and its CPU seconds; the better of two."""
    place = folder / "tables/thread_spans" / f"process_id={of.process.process_id}"
    sql = (
        "SELECT name, count(*), sum(duration) FROM"
        f" read_parquet('{place}/**/*.parquet') GROUP BY name ORDER BY name"
    )
    best: tuple[float, float] = (float("inf"), 0.0)
    with duckdb.connect() as engine:
        for _ in range(2):
            begun, used = time.perf_counter(), time.process_time()
            rows = engine.execute(sql).fetchall()
            best = min(best, (time.perf_counter() - begun, time.process_time() - used))
    return [(name, n, int(ns)) for name, n, ns in rows], *best


QUERIES = Part("queries", lines)
