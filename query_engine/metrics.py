"""
What the query service counts about itself, for Prometheus.

One instance per service with its own registry, so that several services live in one process (as
they do in tests) without sharing counts.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.registry import Collector

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class CacheCounters(Protocol):
    """What a cache says about itself."""

    @property
    def hits(self) -> int:
        """Look-ups that found what they wanted."""
        ...

    @property
    def misses(self) -> int:
        """Look-ups that did not."""
        ...

    @property
    def evictions(self) -> int:
        """Entries dropped to stay within the budget."""
        ...

    @property
    def bytes(self) -> int:
        """Memory held."""
        ...


class WorkerCounters(Protocol):
    """What a pool of workers says about itself."""

    @property
    def alive(self) -> int:
        """Processes."""
        ...

    @property
    def memory_bytes(self) -> int:
        """Memory of their queries."""
        ...


class QueryMetrics:
    """The counters of one service."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.queries = Counter(
            "limnograph_query_queries", "Queries that ended", ["door", "status"], registry=registry
        )
        self.seconds = Histogram(
            "limnograph_query_seconds",
            "From the request to the end of the result",
            ["door"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.rows = Counter("limnograph_query_rows", "Rows sent", registry=registry)
        self.bytes = Counter(
            "limnograph_query_bytes", "Arrow bytes of the rows sent", registry=registry
        )
        self.tail_blocks = Counter(
            "limnograph_query_tail_blocks",
            "Blocks read that no table contains yet",
            ["view"],
            registry=registry,
        )
        self.files_scanned = Counter(
            "limnograph_query_files_scanned", "Table files opened", ["view"], registry=registry
        )
        self.files_pruned = Counter(
            "limnograph_query_files_pruned",
            "Table files that their statistics ruled out",
            ["view"],
            registry=registry,
        )

        self._replaced = Counter(
            "limnograph_query_workers_replaced",
            "Worker processes that ended and were replaced",
            ["reason"],
            registry=registry,
        )

        self._uploaded = Counter(
            "limnograph_query_uploaded_rows",
            "Rows of uploads that were stored, known ones included",
            ["table"],
            registry=registry,
        )
        self._tls_reloads = Counter(
            "limnograph_query_tls_reloads",
            "Changes of the TLS files that were seen",
            ["outcome"],
            registry=registry,
        )

    def rows_uploaded(self, table: str, rows: int) -> None:
        """Count the rows of an upload."""
        self._uploaded.labels(table).inc(rows)

    def tls_reloaded(self, outcome: str) -> None:
        """Count a change of the TLS files: ``ok`` is used, ``failed`` is not."""
        self._tls_reloads.labels(outcome).inc()

    def worker_replaced(self, reason: str) -> None:
        """Count a worker that is gone."""
        self._replaced.labels(reason).inc()

    def workers(self, pool: WorkerCounters) -> None:
        """Show a pool's state at each scrape."""
        self.gauge("limnograph_query_workers", "Worker processes", lambda: pool.alive)
        self.gauge(
            "limnograph_query_workers_memory_bytes",
            "Memory that running queries use in their workers",
            lambda: pool.memory_bytes,
        )

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Show what *read* returns at each scrape."""
        Gauge(name, text, registry=self._registry).set_function(read)

    def collector(self, collector: Collector) -> None:
        """Show what *collector* returns at each scrape."""
        self._registry.register(collector)

    def cache(self, name: str, counters: Callable[[], CacheCounters]) -> None:
        """Show a cache's counters at each scrape, as gauges because the cache counts itself."""
        for field, text in (
            ("hits", "Look-ups that found what they wanted"),
            ("misses", "Look-ups that did not"),
            ("evictions", "Entries dropped to stay within the budget"),
            ("bytes", "Memory held"),
        ):
            metric = f"limnograph_query_{name}_cache_{field}"
            self.gauge(metric, f"{text}, {name} cache", partial(_field, counters, field))

    def text(self) -> bytes:
        """Return everything in the Prometheus text format."""
        return generate_latest(self._registry)


def _field(counters: Callable[[], CacheCounters], field: str) -> float:
    return float(getattr(counters(), field))
