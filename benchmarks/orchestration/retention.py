"""What it takes to let a day of a table go, in a small table and in one a hundred times larger."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pyarrow as pa

from assets.maintain.task import Site, run
from assets.maintain.view_retention import VIEW_RETENTION, ViewRetentionSettings
from assets.storage.lake import Lake, open_lake
from assets.storage.layout import Slice
from assets.storage.metadata.retention import Rule, set_rule
from assets.storage.tables import TableCache, append
from assets.views.catalog import BUILT_IN
from assets.views.generation import generation_of
from assets.views.log_entries import LOG_ENTRIES
from assets.views.physical import table_spec, to_storage
from benchmarks.properties import NOON, rows
from benchmarks.report_lines import Line
from benchmarks.scratch_lake import scratch_lake

DAYS = 3
TIMES_LARGER = 100
ROWS_PER_DAY = 100
DAY = timedelta(days=1)


def lines() -> Iterator[Line]:
    """Yield the time that a day takes, against one of a hundredth of the rows, and of the days."""
    seconds_a_day(DAYS, ROWS_PER_DAY)  # not counted: imports and thread pools
    small = seconds_a_day(DAYS, ROWS_PER_DAY)
    for name, days, rows_a_day, peer in (
        ("retention of a day", DAYS, ROWS_PER_DAY * TIMES_LARGER, "rows"),
        ("retention of a day of many", DAYS * TIMES_LARGER, ROWS_PER_DAY, "days"),
    ):
        yield Line(
            name=f"orchestration.{name}",
            value=seconds_a_day(days, rows_a_day) * 1e3,
            unit="ms",
            peer=f"the same with a hundredth of the {peer} in the table",
            peer_value=small * 1e3,
            conditions={"days": days, "rows": days * rows_a_day},
        )


def seconds_a_day(days: int, rows_a_day: int) -> float:
    """Fill a table with so many days and let the oldest ones go; return the best time."""
    with scratch_lake() as scratch, open_lake(scratch.settings) as lake:
        fill(lake, days, rows_a_day)
        with lake.connection() as conn:
            set_rule(conn, Rule(LOG_ENTRIES.name, keep_days=1))
        tables = TableCache()
        times = []
        for gone in range(1, DAYS):
            # One more day is over the age each time; the rest lies ahead of this moment.
            site = Site(lake, tables, NOON + (gone + 1) * DAY, BUILT_IN)
            begun = time.perf_counter()
            outcome = run(VIEW_RETENTION, site, ViewRetentionSettings(), dry_run=False)
            times.append(time.perf_counter() - begun)
            assert not outcome.failed
            assert outcome.numbers["slices"] == 1
    return min(times)


def fill(lake: Lake, days: int, rows_a_day: int) -> None:
    """Write one slice a day, all in one commit."""
    spec, tables = table_spec(LOG_ENTRIES), TableCache()
    slices = [Slice(NOON + number * DAY) for number in range(days)]
    data = [
        to_storage(rows(24 * number, rows_a_day), LOG_ENTRIES, slice_)
        for number, slice_ in enumerate(slices)
    ]
    coverage = {slice_.app_id(generation_of(LOG_ENTRIES)): 1 for slice_ in slices}
    append(lake, spec, tables.snapshot(lake, spec), pa.concat_tables(data), coverage)
