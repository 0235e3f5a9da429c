"""The product's own work on one lake, by view name, as sensor, backfill and client do it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta

import pyarrow as pa

from assets.maintain.raw_retention import RAW_RETENTION, NotCovered, RawRetentionSettings
from assets.maintain.task import Site, run
from assets.materialize import DecodedCache, materialize, rebuild
from assets.plan import tag_of
from assets.storage.lake import Lake, open_lake
from assets.storage.metadata.blocks import slices_with_blocks
from assets.storage.metadata.closings import close_hours
from assets.storage.metadata.partitions import ensure_partitions
from assets.storage.metadata.retention import RAW, Rule, set_rule
from assets.storage.settings import LakeSettings
from assets.storage.tables import TableCache, compact_slice, ensure_table
from assets.views.catalog import VIEWS, view_named
from assets.views.physical import table_spec
from query_engine.doors import lake_service
from query_engine.service import QueryService
from query_engine.settings import QuerySettings

VIEWS_TO_MAINTAIN = ("log_entries", "measures", "log_stats")
GLOBAL_VIEWS = tuple(view.name for view in VIEWS if view.scope == "global")
CACHE_BYTES = 64 << 20
CONNECTIONS = 12


class Maintenance:
    """Increment, rebuild and compact the tables of a lake, and ask it questions; thread-safe."""

    def __init__(self, lake: Lake, service: QueryService) -> None:
        self.lake = lake
        self._service = service
        self._tables = TableCache(CACHE_BYTES)
        self._decoded = DecodedCache(CACHE_BYTES)

    def increment(self, view_name: str) -> None:
        """What the sensor's run does."""
        with self.lake.connection() as conn:
            close_hours(conn)
        materialize(self.lake, view_named(view_name), self._tables, cache=self._decoded)

    def rebuild(self, view_name: str) -> None:
        """What a backfill of every slice does."""
        view = view_named(view_name)
        with self.lake.connection() as conn:
            seen = slices_with_blocks(conn, tag_of(view))
        rebuild(self.lake, view, self._tables, [found.slice for found in seen])

    def compact(self, view_name: str) -> None:
        """Make one file of each slice's files."""
        spec = table_spec(view_named(view_name))
        ensure_table(self.lake, spec)
        with self.lake.connection() as conn:
            seen = slices_with_blocks(conn, tag_of(view_named(view_name)))
        for found in seen:
            compact_slice(self.lake, spec, found.slice)

    def retire_raw_days(self) -> None:
        """Forget the raw blocks of every day that is over and that all tables have."""
        with self.lake.connection() as conn:
            ensure_partitions(conn)  # as the receivers do all the time
            set_rule(conn, Rule(RAW, keep_days=1))
            row = conn.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None, "a SELECT of a value has one row"
        for hours in (0, 2):  # they are marked first, and go after the grace
            site = Site(self.lake, self._tables, row[0].astimezone(UTC) + timedelta(hours=hours))
            outcome = run(RAW_RETENTION, site, RawRetentionSettings(), dry_run=False)
            unexpected = [error for _, error in outcome.failed if not isinstance(error, NotCovered)]
            assert not unexpected, unexpected

    def ask(self, sql: str) -> pa.Table:
        """Return the whole answer to a question."""
        stream = self._service.query(sql)
        return pa.Table.from_batches(list(stream.batches), stream.schema)


@contextmanager
def maintenance_of(settings: LakeSettings) -> Iterator[Maintenance]:
    """Open a lake and the means to work on it."""
    with open_lake(settings, pool_size=CONNECTIONS) as lake:
        service, _ = lake_service(lake, QuerySettings())
        try:
            yield Maintenance(lake, service)
        finally:
            service.close(0.0)
