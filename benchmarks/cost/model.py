"""
What a month of a load costs, from what was measured and from prices. Pure arithmetic.

Sizes are of machines that can be had, doubled where one must be able to fail, and carry the peak at
60 % of their cores. What the measurement cannot know is an input with a name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil

from benchmarks.cost.measuring import Measured
from benchmarks.cost.prices import DATABASES, REFERENCE, SECONDS, Database, Prices

UTILIZATION = 0.6
TASKS = ((0.25, 1), (0.5, 1), (1, 2), (2, 4), (4, 8), (8, 16), (16, 32))
"""Sizes of a Fargate task: cores, and the memory that we give it (GB)."""


@dataclass(frozen=True, slots=True)
class Load:
    """
    What is sent and how it is run; by default what the reference's deployment takes.

    Attributes:
        logs: Log records a month; metrics and spans likewise.
        events: Events a month as the reference counts them: a span is two.
        blocks: Blocks a month, each a request.
        days: How long tables are kept.
        raw_days: How long raw blocks are kept, and with them their rows in Postgres.
        peak: The busiest time over the average; an assumption.
        receivers: How many at least; more where four cores each, and one to fail, are not enough.
        group_age_s: ``LIMNO_INGEST_GROUP_AGE_S_MIN``.
        query_tasks: How many query services, of which size: the reference's own, since how much
            is asked of it is not published.
        increments_hour: Commits an hour of each table; compactions are two.
        tables: How many tables are kept continuously.
        gets_day: Requests of queries; an assumption (10,000 queries of 200 reads).
        idle_cores: Of Dagster's processes, measured for docs/orchestration.md.
        run_cpu_s: Of starting a run; likewise.
        cpu: Factor on all measured CPU: another machine than ours.
        size: Factor on all measured bytes of events.
    """

    logs: float = REFERENCE.logs / 3
    metrics: float = REFERENCE.metrics / 3
    spans: float = REFERENCE.trace_events / 6
    events: float = REFERENCE.events_month
    blocks: float = REFERENCE.objects / 3
    days: float = REFERENCE.days
    raw_days: float = REFERENCE.days
    peak: float = 3.0
    receivers: int = 2
    group_age_s: float = 1.0
    query_tasks: tuple[int, float, float] = (2, 4, 8)
    increments_hour: float = 30
    tables: int = 3
    gets_day: float = 2_000_000
    idle_cores: float = 0.06
    run_cpu_s: float = 4.2
    cpu: float = 1.0
    size: float = 1.0

    def times(self, factor: float) -> "Load":
        """Return a load of so many times the events and blocks."""
        names = ("logs", "metrics", "spans", "events", "blocks", "gets_day")
        return replace(self, **{name: getattr(self, name) * factor for name in names})


@dataclass(frozen=True, slots=True)
class Bill:
    """Dollars a month by item, and the sizes that they are for."""

    items: dict[str, float]
    sizes: dict[str, object]
    events: float

    @property
    def total(self) -> float:
        """Dollars a month."""
        return sum(self.items.values())

    @property
    def per_billion(self) -> float:
        """Dollars for a billion events."""
        return self.total / self.events * 1e9


def fleet(processes: int) -> Load:
    """
    Return the load of so many processes that run all day; all of it is assumed, by name.

    Each sends ten events a second in the reference's mix, in one request a minute with a block of
    logs, one of metrics and one of spans; everything is kept for thirty days.
    """
    events = processes * 10 * SECONDS
    shares = {name: getattr(REFERENCE, name) for name in ("logs", "metrics", "trace_events")}
    each = {name: events * share / sum(shares.values()) for name, share in shares.items()}
    blocks = processes * 3 * SECONDS / 60
    return Load(
        logs=each["logs"],
        metrics=each["metrics"],
        spans=each["trace_events"] / 2,
        events=events,
        blocks=blocks,
        days=30,
        raw_days=30,
    )


def bill(load: Load, measured: Measured, prices: Prices | None = None) -> Bill:
    """Return what *load* costs a month."""
    prices = prices or Prices()
    rows = {"log": load.logs, "metric": load.metrics, "span": load.spans}
    receiver = _receiver_cores(load, measured)
    orchestration = _orchestration_cores(load, rows, measured)
    postgres = load.blocks / SECONDS * measured.postgres_cpu_s * load.cpu * load.peak
    database = _database(postgres)
    metadata_gb = 20 + 1.3 * load.blocks * load.raw_days / 30 * measured.postgres_bytes / 1e9
    terabytes = {
        name: load.size * days / 30 * sum(rows[kind] * size[kind] for kind in rows) / 1e12
        for name, days, size in (
            ("raw", load.raw_days, measured.wire_bytes),
            ("tables", load.days, measured.table_bytes),
        )
    }
    receivers = max(load.receivers, ceil(receiver / 4) + 1)
    puts, gets = _requests(load, receivers, measured)
    ours = _task(receiver / (receivers - 1), at_least_gb=1)
    orchestrating = _task(orchestration, at_least_gb=4)
    number, cores, memory = load.query_tasks
    items = {
        "receivers": receivers * _task_month(*ours, prices),
        "query": number * _task_month(cores, memory, prices),
        "maintenance": _task_month(*orchestrating, prices),
        "web": REFERENCE.web,
        "database": database.hour * SECONDS / 3600 + metadata_gb * prices.database_storage_gb_month,
        "storage": sum(terabytes.values()) * 1e3 * prices.storage_gb_month,
        "requests": puts / 1e6 * prices.put_million + gets / 1e6 * prices.get_million,
        "balancer": REFERENCE.balancer,
        "transfer": REFERENCE.transfer,
    }
    sizes = {
        "blocks_second": round(load.blocks / SECONDS, 1),
        "receiver_cores": round(receiver, 3),
        "receivers": receivers,
        "receiver_task": ours,
        "orchestration_cores": round(orchestration, 3),
        "orchestration_task": orchestrating,
        "database": database.name,
        "database_cores": round(postgres, 2),
        "metadata_gb": round(metadata_gb, 1),
        "raw_tb": round(terabytes["raw"], 2),
        "tables_tb": round(terabytes["tables"], 2),
        "puts_million": round(puts / 1e6, 2),
        "gets_million": round(gets / 1e6, 2),
    }
    return Bill(items, sizes, load.events)


def _receiver_cores(load: Load, measured: Measured) -> float:
    shares = {"log": load.logs, "metric": load.metrics, "span": 2 * load.spans}
    block = sum(shares[kind] * measured.receiver_cpu_s[kind] for kind in shares) / sum(
        shares.values()
    )
    return load.cpu * load.blocks / SECONDS * block * load.peak / UTILIZATION


def _orchestration_cores(load: Load, rows: Mapping[str, float], measured: Measured) -> float:
    building = sum(
        rows[kind] * (measured.build_cpu_s[kind] + measured.compact_cpu_s[kind]) for kind in rows
    )
    commits_hour = load.tables * (load.increments_hour + 2)
    runs_hour = load.increments_hour + 3
    return load.idle_cores + load.cpu * (
        building / SECONDS * load.peak / UTILIZATION
        + commits_hour * measured.commit_cpu_s / 3600
        + runs_hour * load.run_cpu_s / 3600
    )


def _requests(load: Load, receivers: int, measured: Measured) -> tuple[float, float]:
    most = receivers * SECONDS / load.group_age_s if load.group_age_s else load.blocks
    segments = min(load.blocks, most)
    commits = load.tables * load.increments_hour * SECONDS / 3600
    compactions = load.tables * 2 * SECONDS / 3600
    puts = segments + commits * measured.commit_puts + compactions * measured.compact_puts
    gets = (
        commits * measured.commit_gets
        + compactions * measured.compact_gets
        + load.tables * segments
        + load.gets_day * 30
    )
    return puts, gets


def _task(cores: float, *, at_least_gb: float) -> tuple[float, float]:
    """Return the smallest task that has so many cores; beyond the largest, several of it."""
    for size, memory in TASKS:
        if size >= cores:
            return size, max(memory, min(at_least_gb, 8 * size))
    number = ceil(cores / TASKS[-1][0])
    return number * TASKS[-1][0], number * TASKS[-1][1]


def _task_month(cores: float, memory_gb: float, prices: Prices) -> float:
    hour = cores * prices.vcpu_hour + memory_gb * prices.memory_gb_hour
    return hour * SECONDS / 3600


def _database(cores: float) -> Database:
    """Return the smallest database that sustains the peak; beyond the largest, the largest."""
    return next((one for one in DATABASES if one.cores >= cores), DATABASES[-1])
