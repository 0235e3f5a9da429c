"""What the receiver counts, in the Prometheus text format on ``GET /metrics``."""

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from ingest_api.group_commit import Outcome

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
_BYTES = tuple(4**power for power in range(5, 14))


class Metrics:
    """The receiver's metrics, in a registry of their own; safe in any thread."""

    def __init__(self, in_flight_bytes: Callable[[], int]) -> None:
        self._registry = registry = CollectorRegistry(auto_describe=True)
        self._requests = Counter(
            "limnograph_ingest_requests",
            "Requests answered.",
            ["route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "limnograph_ingest_request_seconds",
            "From the first byte of a request to the end of its answer.",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._blocks = _counter(registry, "blocks", "Blocks stored for the first time.")
        self._duplicates = _counter(registry, "duplicate_blocks", "Blocks known already.")
        self._repeated_blocks = _counter(
            registry, "repeated_blocks", "Deliveries of blocks known already.", ["format"]
        )
        self._repeated_events = _counter(
            registry, "repeated_events", "Events in such deliveries.", ["format"]
        )
        self._repaired = _counter(
            registry, "otlp_repaired_resources", "Resources of OTLP with texts that are no UTF-8."
        )
        self._odd_ids = _counter(
            registry, "otlp_odd_ids", "Spans whose ids are not 16 and 8 bytes long."
        )
        self._events = _counter(registry, "events", "Events in blocks stored for the first time.")
        self._received = _counter(registry, "received_bytes", "Bodies of stored requests, as sent.")
        self._stored = _counter(registry, "stored_bytes", "Bytes written into segments.")
        self._group_blocks = _histogram(registry, "commit_blocks", "Blocks per commit.", _COUNTS)
        self._group_bytes = _histogram(
            registry, "commit_bytes", "Segment bytes per commit.", _BYTES
        )
        self._group_seconds = _histogram(
            registry, "commit_seconds", "Seconds per commit, object and rows.", _SECONDS
        )
        self._sweeps_failed = _counter(registry, "sweeps_failed", "Sweeps that ended in an error.")
        self._orphans = Gauge(
            "limnograph_ingest_orphan_blocks",
            "Stored blocks that wait for their stream or process, at the last sweep.",
            registry=registry,
        )
        Gauge(
            "limnograph_ingest_in_flight_bytes",
            "Bytes of unanswered requests in memory.",
            registry=registry,
        ).set_function(in_flight_bytes)

    def request_answered(self, route: str, status: int | str, seconds: float) -> None:
        """Count an answer; *status* is that of HTTP, or the name of that of gRPC."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def request_stored(self, outcome: Outcome, received: int) -> None:
        """Count what an acknowledged request brought; *received* in bytes as sent."""
        self._blocks.inc(outcome.accepted)
        self._duplicates.inc(outcome.duplicates)
        self._events.inc(outcome.events)
        self._received.inc(received)

    def repeated(self, wire_format: str, blocks: int, events: int) -> None:
        """Count deliveries that were merged with those before."""
        self._repeated_blocks.labels(wire_format).inc(blocks)
        self._repeated_events.labels(wire_format).inc(events)

    def odd(self, repaired: int, odd_ids: int) -> dict[str, object]:
        """Count what was stored and is not as it should be; returns it for the access log."""
        self._repaired.inc(repaired)
        self._odd_ids.inc(odd_ids)
        return {k: n for k, n in (("repaired", repaired), ("odd_ids", odd_ids)) if n}

    def group_stored(self, size: int, blocks: int, seconds: float) -> None:
        """Count a commit; *size* is that of its segment in bytes."""
        self._stored.inc(size)
        self._group_blocks.observe(blocks)
        self._group_bytes.observe(size)
        self._group_seconds.observe(seconds)

    def swept(self, orphans: int | None) -> None:
        """Note a sweep and how many orphans it left; None when it failed."""
        if orphans is None:
            self._sweeps_failed.inc()
        else:
            self._orphans.set(orphans)

    def text(self) -> bytes:
        """Return everything in the text format."""
        return generate_latest(self._registry)


def _counter(
    registry: CollectorRegistry, name: str, doc: str, labels: Sequence[str] = ()
) -> Counter:
    return Counter(f"limnograph_ingest_{name}", doc, labels, registry=registry)


def _histogram(
    registry: CollectorRegistry, name: str, doc: str, buckets: tuple[float, ...]
) -> Histogram:
    return Histogram(f"limnograph_ingest_{name}", doc, buckets=buckets, registry=registry)
