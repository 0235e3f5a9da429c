"""The product's own work on one lake, by view name, as sensor, backfill and client do it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import pyarrow as pa

from assets.errors import StorageUnavailable
from assets.maintain.covered import NotCovered
from assets.maintain.partitions import PARTITIONS, PartitionsSettings
from assets.maintain.raw_retention import RAW_RETENTION, RawRetentionSettings
from assets.maintain.rebuild_changed import REBUILD_CHANGED, RebuildChangedSettings
from assets.maintain.segment_rewrite import SEGMENT_REWRITE, SegmentRewriteSettings
from assets.maintain.segment_sweep import SEGMENT_SWEEP, SegmentSweepSettings
from assets.maintain.tail_sampling import TAIL_SAMPLING, TailSamplingSettings
from assets.maintain.task import Site, run
from assets.materialize import DecodedCache, materialize, rebuild
from assets.plan import tag_of
from assets.storage.lake import Lake, open_lake
from assets.storage.layout import Slice
from assets.storage.metadata.blocks import slices_with_blocks
from assets.storage.metadata.closings import close_hours
from assets.storage.metadata.partitions import ensure_partitions
from assets.storage.metadata.retention import RAW, Rule, set_rule
from assets.storage.metadata.sampling import SamplingRule, set_sampling_rule
from assets.storage.settings import LakeSettings
from assets.storage.tables import (
    TableCache,
    WriteConflict,
    compact_slice,
    ensure_table,
    merge_day,
)
from assets.storage.tables.rewriting import Budget
from assets.views.catalog import BUILT_IN, VIEWS
from assets.views.physical import table_spec
from benchmarks.soak.changes import with_change
from query_engine.builds.builder import Builder, GapLimits
from query_engine.doors import gap_limits
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.catalog import LakeTables
from query_engine.tables.session import LakeCaches
from query_engine.workers.pool import WorkerPool

VIEWS_TO_MAINTAIN = ("log_entries", "measures", "log_stats")
GLOBAL_VIEWS = tuple(view.name for view in VIEWS if view.scope == "global")
CACHE_BYTES = 64 << 20
CONNECTIONS = 12

SMALL = Budget(target_bytes=20_000, memory_bytes=1)
"""A few rows are more than fit into memory, a few files are as large as a file may be."""


EAGER = GapLimits(process_bytes=0, global_bytes=0, passed_seconds=-1e9)
"""Queries of such a service build all that they would have to decode, the current hour too."""


_REFUSED = NotCovered, StorageUnavailable
"""A day stays for now: a table lacks it, or a writer that is open uses it all the while."""

_MISCOUNTED: LiteralString = """
SELECT s.day, s.blocks, s.bytes, found.* FROM day_sizes s CROSS JOIN LATERAL (
    SELECT count(*), coalesce(sum(payload_size), 0)::bigint FROM blocks b
    WHERE (b.insert_time AT TIME ZONE 'UTC')::date = s.day
) AS found (blocks, bytes) WHERE (s.blocks, s.bytes) <> (found.blocks, found.bytes)
"""


class Maintenance:
    """
    Increment, rebuild and compact the tables of a lake, and ask it questions; thread-safe.

    Attributes:
        views: As the newest program has them; what runs already goes on with what it began with.
    """

    def __init__(
        self, lake: Lake, workers: WorkerPool | None = None, decoded_bytes: int = CACHE_BYTES
    ) -> None:
        self.lake, self.views = lake, BUILT_IN
        self._workers, self._decoded_bytes = workers, decoded_bytes
        self._tables = TableCache(CACHE_BYTES)
        self._decoded = DecodedCache(CACHE_BYTES)
        self._service = self._answering(gap_limits(QuerySettings()))
        self._eager = self._answering(EAGER)

    def _answering(self, limits: GapLimits) -> QueryService:
        """Return a service that sees the views of the newest program."""
        metrics, snapshots = QueryMetrics(), TableCache(CACHE_BYTES)
        caches = LakeCaches(
            self.lake,
            snapshots,
            DecodedCache(self._decoded_bytes),
            metrics,
            builder=Builder(self.lake, snapshots, limits),
            views=lambda: self.views,
        )
        return QueryService(LakeTables(caches), QuerySettings(), metrics, workers=self._workers)

    def close(self) -> None:
        """End the services that answer."""
        for service in (self._service, self._eager):
            service.close(0.0)

    def change(self, view_name: str, *, retype: bool) -> None:
        """A newer program is there, to which the view means something else."""
        self.views = with_change(self.views, view_name, retype=retype)

    def rebuild_changed(self, slices: int) -> None:
        """What a run of the task does, for so many slices of each view."""
        settings = RebuildChangedSettings(slices_max=slices)
        site = Site(self.lake, self._tables, datetime.now(UTC), self.views)
        outcome = run(REBUILD_CHANGED, site, settings, dry_run=False)
        unexpected = [error for _, error in outcome.failed if not isinstance(error, WriteConflict)]
        assert not unexpected, unexpected

    def increment(self, view_name: str) -> None:
        """What the sensor's run does."""
        with self.lake.connection() as conn:
            close_hours(conn)
        materialize(self.lake, self.views.named(view_name), self._tables, cache=self._decoded)

    def rebuild(self, view_name: str) -> None:
        """What a backfill of every slice does."""
        view = self.views.named(view_name)
        with self.lake.connection() as conn:
            seen = slices_with_blocks(conn, tag_of(view))
        rebuild(self.lake, view, self._tables, [found.slice for found in seen])

    def compact(self, view_name: str, *, small: bool = False) -> None:
        """Merge each slice's files; with *small* limits as if each were larger than memory."""
        spec = table_spec(self.views.named(view_name))
        ensure_table(self.lake, spec)
        for slice_ in self._slices(view_name):
            compact_slice(self.lake, spec, slice_, SMALL if small else Budget(), growing=small)

    def merge_days(self, view_name: str) -> None:
        """Merge the hours of each day, also of today: what is late lies beside it then."""
        spec = table_spec(self.views.named(view_name))
        ensure_table(self.lake, spec)
        for day in sorted({slice_.day for slice_ in self._slices(view_name)}):
            merge_day(self.lake, spec, day)

    def _slices(self, view_name: str) -> list[Slice]:
        with self.lake.connection() as conn:
            seen = slices_with_blocks(conn, tag_of(self.views.named(view_name)))
        return [found.slice for found in seen]

    def retire_raw_days(self) -> None:
        """Forget the raw blocks of every day that is over and that all tables have."""
        with self.lake.connection() as conn:
            ensure_partitions(conn)  # as the receivers do all the time
            set_rule(conn, Rule(RAW, keep_days=1))
        for hours in (0, 2):  # they are marked first, and go after the grace
            site = Site(self.lake, self._tables, self.now(hours), self.views)
            outcome = run(RAW_RETENTION, site, RawRetentionSettings(), dry_run=False)
            unexpected = [error for _, error in outcome.failed if not isinstance(error, _REFUSED)]
            assert not unexpected, unexpected

    def sample(self, tag: str, keep: Sequence[str]) -> None:
        """Forget the raw blocks of a tag, but those of some processes, that all tables have."""
        with self.lake.connection() as conn:
            ensure_partitions(conn)
            set_sampling_rule(conn, SamplingRule("soak", tag, "SELECT 1", 2, 1))

        def kept(_sql: str, _begin: datetime, _end: datetime) -> list[tuple[str]]:
            return [(process_id,) for process_id in keep]

        for hours in (0, 2):  # they are marked first, and go after the grace
            site = Site(self.lake, self._tables, self.now(hours), self.views, ask=kept)
            outcome = run(TAIL_SAMPLING, site, TailSamplingSettings(), dry_run=False)
            unexpected = [error for _, error in outcome.failed if not isinstance(error, NotCovered)]
            assert not unexpected, unexpected

    def count_days(self) -> None:
        """Keep the size of the days that are over; drop those that are empty."""
        site = Site(self.lake, self._tables, self.now(), self.views)
        outcome = run(PARTITIONS, site, PartitionsSettings(), dry_run=False)
        unexpected = [error for _, error in outcome.failed if not isinstance(error, _REFUSED)]
        assert not unexpected, unexpected

    def miscounted_days(self) -> list[tuple[object, ...]]:
        """Return the days of which another size is kept than their blocks have, with both."""
        with self.lake.connection() as conn:
            return conn.execute(_MISCOUNTED).fetchall()

    def rewrite_segments(self) -> None:
        """Move what is left of every segment of which any block is gone."""
        settings = SegmentRewriteSettings(live_percent_max=95, dead_bytes_min=1)
        site = Site(self.lake, self._tables, self.now(48), self.views)
        outcome = run(SEGMENT_REWRITE, site, settings, dry_run=False)
        assert not outcome.failed, outcome.failed

    def sweep_segments(self) -> None:
        """Delete the segments of which nothing is left, at once: nobody may be reading them."""
        for hours in (48, 72):
            site = Site(self.lake, self._tables, self.now(hours), self.views)
            outcome = run(SEGMENT_SWEEP, site, SegmentSweepSettings(), dry_run=False)
            assert not outcome.failed, outcome.failed

    def now(self, hours: int = 0) -> datetime:
        """Return the time by the lake's clock, and so many hours."""
        with self.lake.connection() as conn:
            row = conn.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None, "a SELECT of a value has one row"
        now: datetime = row[0].astimezone(UTC)
        return now + timedelta(hours=hours)

    def ask(self, sql: str, *, eager: bool = False) -> pa.Table:
        """Return the whole answer to a question; an *eager* one builds first what is missing."""
        stream = (self._eager if eager else self._service).query(sql)
        return pa.Table.from_batches(list(stream.batches), stream.schema)


@contextmanager
def maintenance_of(
    settings: LakeSettings, workers: WorkerPool | None = None, decoded_bytes: int = CACHE_BYTES
) -> Iterator[Maintenance]:
    """
    Open a lake and the means to work on it.

    Args:
        settings: Where the lake is.
        workers: Where queries run; by default in processes of their own.
        decoded_bytes: Of blocks that queries keep decoded; with 0 each reads its payloads.
    """
    with open_lake(settings, pool_size=CONNECTIONS) as lake:
        maintenance = Maintenance(lake, workers, decoded_bytes)
        try:
            yield maintenance
        finally:
            maintenance.close()
