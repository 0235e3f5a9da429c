"""The load that the model is fed from: a real receiver, Postgres, tables, a counted bucket."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import httpx
import psutil
import psycopg

from assets.materialize import materialize
from assets.storage.lake import Lake, open_lake
from assets.storage.layout import Slice
from assets.storage.tables import TableCache, compact_slice
from assets.views.catalog import view_named
from assets.views.physical import table_spec
from benchmarks.bucket import Requests, bucket_lake
from benchmarks.report_lines import Spent, measured
from benchmarks.scratch_lake import ScratchLake, Service
from benchmarks.shop_traffic import (
    Application,
    Payload,
    log_payload,
    metrics_payload,
    spans_payload,
)
from limnograph.wire.envelope import CONTENT_TYPE

EVENTS_PER_BLOCK = 3_800
"""Events of one object of the reference: 449 billion in 118 million."""
ROUNDS = 2
"""Increments of each size, small and large: from both follows what a row and what a commit take."""
SMALL_SHARE = 8
"""A small increment has so many times fewer blocks."""
SENDERS = 8
"""Requests at a time: about as many as come within a second at each of two receivers."""
GROUP_AGE_S = 0.1
"""``LIMNO_INGEST_GROUP_AGE_S_MIN`` of the receiver, shorter than in the model to save time."""
SMALL_BLOCKS = 400
"""Blocks of two rows, by which the metadata of a block is weighed."""

Make = Callable[..., Payload]
MAKES: dict[str, tuple[Make, int]] = {
    "log": (log_payload, EVENTS_PER_BLOCK),
    "metric": (metrics_payload, EVENTS_PER_BLOCK),
    "span": (spans_payload, EVENTS_PER_BLOCK // 2),  # a span is two trace events of the reference
}
BUILT = {"log_entries": "log", "measures": "metric", "log_stats": "log"}


@dataclass(frozen=True, slots=True)
class Measured:
    """
    What was measured, per unit.

    Attributes:
        wire_bytes: Of a row as stored in a segment, by kind.
        table_bytes: Of a row in its table (and its rollup's), compacted, by kind.
        receiver_cpu_s: Of a block, by kind.
        postgres_cpu_s: Of a block: taking it in, and finding it for tables.
        build_cpu_s: Of a row: decoding and writing it, rollups too, by kind.
        commit_cpu_s: Of a commit, however few rows it has.
        compact_cpu_s: Of a row, by kind.
        postgres_bytes: Of a block's metadata with its indexes.
        receiver_bytes: Resident memory of a receiver.
        commit_puts: Dear requests of a commit.
        commit_gets: Cheap ones, but for a read a segment.
        compact_puts: Dear requests of a compaction.
        compact_gets: Cheap ones.
        load: Load average of the machine when it was measured.
    """

    wire_bytes: dict[str, float]
    table_bytes: dict[str, float]
    receiver_cpu_s: dict[str, float]
    postgres_cpu_s: float
    build_cpu_s: dict[str, float]
    commit_cpu_s: float
    compact_cpu_s: dict[str, float]
    postgres_bytes: float
    receiver_bytes: float
    commit_puts: float
    commit_gets: float
    compact_puts: float
    compact_gets: float
    load: float

    def as_json(self) -> dict[str, object]:
        """Return it as a file keeps it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Build:
    """One increment of a view: its size, and what it took."""

    view: str
    rows: int
    spent: Spent
    asked: Counter[str]


@dataclass
class Taken:
    """What the receiver and Postgres spent on blocks of each kind."""

    wire: Counter[str]
    receiver: dict[str, float]
    rows: Counter[str]
    blocks: Counter[str]
    postgres_s: float = 0.0


def measure(blocks: int) -> Measured:
    """Send up to *blocks* of each kind in a few rounds, build and compact the tables."""
    with bucket_lake() as (lake, requests), open_lake(lake.settings) as opened:
        return _Measuring(lake, requests, opened).run(blocks)


class _Measuring:
    """The steps of a measurement, each on what those before it have left."""

    def __init__(self, lake: ScratchLake, requests: Requests, opened: Lake) -> None:
        self.lake, self.requests, self.opened = lake, requests, opened
        self.tables = TableCache()
        self.taken = _nothing()
        self.builds: list[Build] = []

    def run(self, blocks: int) -> Measured:
        with (
            self.lake.ingest(environ={"LIMNO_INGEST_GROUP_AGE_S_MIN": str(GROUP_AGE_S)}) as service,
            httpx.Client(base_url=service.url, timeout=60) as client,
        ):
            self.round(client, service, SENDERS)
            self.taken, self.builds = _nothing(), []
            for _ in range(ROUNDS):
                self.round(client, service, max(1, blocks // SMALL_SHARE))
                self.round(client, service, blocks)
            resident = service.process.memory_info().rss
            compacted = [self.compacted(view) for view in BUILT]
            weight = _weighed(client, self.lake)
        kept = {view: self.bytes_of(view) for view in BUILT}
        return self.result(kept, compacted, weight, resident)

    def round(self, client: httpx.Client, service: Service, blocks: int) -> None:
        """Send blocks of each kind, and bring the tables up to date."""
        for kind, (make, rows) in MAKES.items():
            application = Application()
            begin_ns, first = time.time_ns() - 10**10, self.taken.blocks[kind]
            sent = [make(rows, first + n, begin_ns=begin_ns) for n in range(blocks)]
            bodies = [application.request([payload]) for payload in sent]
            with measured(receiver=service.process, postgres=self.lake.postgres) as spent:
                _post(client, bodies)
            self.taken.wire[kind] += sum(len(payload.data) for payload in sent)
            self.taken.rows[kind] += sum(payload.rows for payload in sent)
            self.taken.blocks[kind] += blocks
            self.taken.receiver[kind] += spent.cpu_s["receiver"]
            self.taken.postgres_s += spent.cpu_s["postgres"]
        for view, kind in BUILT.items():
            self.requests.taken()
            with measured(ours=psutil.Process(), postgres=self.lake.postgres) as spent:
                materialize(self.opened, view_named(view), self.tables)
            rows = blocks * MAKES[kind][1]
            self.builds.append(Build(view, rows, spent, self.requests.taken()))

    def compacted(self, view: str) -> Build:
        """Merge what the rounds have put into a table."""
        spec = table_spec(view_named(view))
        snapshot = self.tables.snapshot(self.opened, spec)
        rows = int(snapshot.files["num_records"].sum())
        slices = {Slice.from_app_id(app)[0] for app in snapshot.transactions if "@v" in app}
        self.requests.taken()
        with measured(ours=psutil.Process()) as spent:
            for slice_ in slices:
                compact_slice(self.opened, spec, slice_)
        asked = self.requests.taken()
        return Build(
            view, rows, spent, Counter({k: -(-n // len(slices)) for k, n in asked.items()})
        )

    def bytes_of(self, view: str) -> float:
        """Return the bytes of a table for each row that was sent."""
        files = self.tables.snapshot(self.opened, table_spec(view_named(view))).files
        return float(files["size_bytes"].sum()) / self.sent_to(view)

    def sent_to(self, view: str) -> int:
        """Return how many rows were sent that a view is made of; the warm-up's too."""
        kind = BUILT[view]
        return self.taken.rows[kind] + SENDERS * MAKES[kind][1]

    def result(
        self, kept: dict[str, float], compacted: list[Build], weight: float, resident: int
    ) -> Measured:
        """Divide what was spent by what was done."""
        taken = self.taken
        fits = {view: _fit([b for b in self.builds if b.view == view]) for view in BUILT}
        postgres_s = taken.postgres_s + sum(b.spent.cpu_s["postgres"] for b in self.builds)
        asked, merged = Counter[str](), Counter[str]()
        for build in self.builds:
            asked += build.asked
        for build in compacted:
            merged += build.asked
        segments = taken.blocks["log"] / SENDERS * len(BUILT)
        return Measured(
            wire_bytes={kind: taken.wire[kind] / taken.rows[kind] for kind in MAKES},
            table_bytes=_by_kind(kept),
            receiver_cpu_s={kind: taken.receiver[kind] / taken.blocks[kind] for kind in MAKES},
            postgres_cpu_s=postgres_s / taken.blocks.total(),
            build_cpu_s=_by_kind({view: row for view, (row, _) in fits.items()}),
            commit_cpu_s=sum(commit for _, commit in fits.values()) / len(fits),
            compact_cpu_s=_by_kind(
                {b.view: b.spent.cpu_s["ours"] / self.sent_to(b.view) for b in compacted}
            ),
            postgres_bytes=weight,
            receiver_bytes=resident,
            commit_puts=asked["put"] / len(self.builds),
            commit_gets=max(0.0, (asked["get"] - segments) / len(self.builds)),
            compact_puts=merged["put"] / len(compacted),
            compact_gets=merged["get"] / len(compacted),
            load=round(psutil.getloadavg()[0], 1),
        )


def _nothing() -> Taken:
    return Taken(Counter(), dict.fromkeys(MAKES, 0.0), Counter(), Counter())


def _fit(builds: list[Build]) -> tuple[float, float]:
    """Return the CPU seconds of a row and of a commit, from increments of two sizes."""
    sizes = sorted({build.rows for build in builds})
    mean = {
        size: sum(b.spent.cpu_s["ours"] for b in builds if b.rows == size)
        / sum(b.rows == size for b in builds)
        for size in sizes
    }
    small, large = sizes
    row = max(0.0, (mean[large] - mean[small]) / (large - small))
    return row, max(0.0, mean[small] - row * small)


def _by_kind(values: dict[str, float]) -> dict[str, float]:
    sums = dict.fromkeys(MAKES, 0.0)
    for view, value in values.items():
        sums[BUILT[view]] += value
    return sums


def _post(client: httpx.Client, bodies: list[bytes]) -> None:
    """Send the bodies, several at a time, and see each acknowledged."""

    def post(body: bytes) -> None:
        answer = client.post("/v1/blocks", content=body, headers={"Content-Type": CONTENT_TYPE})
        answer.raise_for_status()

    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(post, bodies))


def _weighed(client: httpx.Client, lake: ScratchLake) -> float:
    """Return the bytes of a block's metadata, from many small blocks."""
    application = Application()
    payload = metrics_payload(2, 0, begin_ns=time.time_ns() - 10**10)
    bodies = [application.request([payload] * 100) for _ in range(SMALL_BLOCKS // 100)]
    _post(client, [application.request([payload] * 100)])
    with psycopg.connect(lake.settings.database_url, autocommit=True) as conn:
        before = _database_bytes(conn)
        _post(client, bodies)
        return (_database_bytes(conn) - before) / SMALL_BLOCKS


def _database_bytes(conn: "psycopg.Connection[tuple[int]]") -> int:
    row = conn.execute(
        "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ).fetchone()
    assert row is not None
    return row[0]
