"""
A trace by its id, and the traces of a search, in three days of spans with many files an hour.

The peer is the same engine without Bloom filters and without passing ids through joins: it opens
every file and reads the columns it compares.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from unittest.mock import patch

import numpy as np
import polars as pl

from assets.storage.lake import Lake, open_lake
from assets.storage.layout import SLICE_WIDTH, Slice
from assets.storage.tables import LookupCache, TableCache, append
from assets.storage.tables.limits import LOOKUP_VALUES_MAX
from assets.storage.tables.lookups import filter_key
from assets.views.generation import generation_of
from assets.views.otel_spans import OTEL_SPANS
from assets.views.physical import table_spec, to_storage
from assets.views.view import PROPERTIES
from benchmarks.report_lines import Line
from benchmarks.scratch_lake import scratch_lake
from query_engine.doors import lake_service
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.sql import passing
from query_engine.sql.limits import PASSED_JOINS_MAX
from query_engine.tables import lookups

SPANS, SPANS_PER_TRACE = 5_000, 10
FIRST = Slice(datetime(2026, 11, 20, tzinfo=UTC))
REPEATS = 9
PEER = "the same engine without filters of files and without passing ids"
Ask = Callable[[str], int]


def lines(hours: int, files: int) -> Iterator[Line]:
    """Make a table of so many files in each hour, and ask it."""
    with scratch_lake() as scratch, open_lake(scratch.settings) as lake:
        filled(lake, hours, files)
        service, _ = lake_service(lake, QuerySettings())
        try:
            yield from measured(lake, service, hours, files)
        finally:
            service.close(1.0)


def filled(lake: Lake, hours: int, files: int) -> None:
    """Write the files as materialization does."""
    tables, spec = TableCache(), table_spec(OTEL_SPANS)
    for number in range(hours * files):
        slice_ = Slice(FIRST.start + number // files * SLICE_WIDTH)
        rows = spans(number, slice_)
        coverage = {slice_.app_id(generation_of(OTEL_SPANS)): number + 1}
        stored = to_storage(rows, OTEL_SPANS, slice_)
        append(lake, spec, tables.snapshot(lake, spec), stored, coverage)


def trace(number: int) -> str:
    """Return the id of a trace."""
    return f"{number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}"


def spans(number: int, slice_: Slice) -> pl.DataFrame:
    """Return the spans of one file: all but the columns given here are alike."""
    rng = np.random.default_rng(number)
    first = number * (SPANS // SPANS_PER_TRACE)
    ids = [trace(first + n) for n in range(SPANS // SPANS_PER_TRACE)]
    begin = int(slice_.start.timestamp()) * 10**9 + rng.integers(0, 3_600_000, SPANS) * 10**6
    duration = rng.integers(1, 500, SPANS) * 10**6
    given = {
        "trace_id": pl.Series(ids).gather(np.arange(SPANS) // SPANS_PER_TRACE),
        "span_id": pl.Series([f"{one:016x}" for one in rng.integers(1, 2**62, SPANS)]),
        "start_time": pl.Series(begin),
        "end_time": pl.Series(begin + duration),
        "duration": pl.Series(duration),
        "name": pl.Series([f"GET /{one}" for one in rng.integers(0, 40, SPANS)]),
        "kind": pl.Series(["SERVER"] * SPANS),
        "status": pl.Series(["UNSET"] * SPANS),
        "exe": pl.Series([f"shop/{one}" for one in rng.integers(0, 6, SPANS)]),
        "block_id": pl.Series([f"{number:032x}"] * SPANS),
        "properties": pl.Series(
            [{"http.route": f"/{one}", "user": str(one)} for one in rng.integers(0, 10**6, SPANS)],
            dtype=PROPERTIES,
        ),
    }
    whole = pl.DataFrame(given)
    return whole.select(
        (pl.col(name).cast(dtype) if name in given else pl.lit(None, dtype).alias(name))
        for name, dtype in OTEL_SPANS.schema.items()
    )


def measured(lake: Lake, service: QueryService, hours: int, files: int) -> Iterator[Line]:
    """Ask for a trace by its id, cold and warm, and for the traces of a search."""
    wanted = trace(hours * files // 2 * (SPANS // SPANS_PER_TRACE) + 7)
    by_id = f"SELECT name, exe, start_time, duration FROM otel_spans WHERE trace_id = '{wanted}'"
    last = FIRST.start + (hours - 1) * SLICE_WIDTH
    search = (
        "WITH found AS (SELECT trace_id, max(start_time) AS newest FROM otel_spans"
        " WHERE exe = 'shop/3' AND name = 'GET /7' AND duration >= 400000000"
        f" AND start_time >= TIMESTAMP '{last:%Y-%m-%d %H:%M:%S}'"
        " GROUP BY trace_id ORDER BY newest DESC LIMIT 20)"
        " SELECT s.trace_id, count(*) AS n FROM otel_spans s"
        " JOIN found ON found.trace_id = s.trace_id GROUP BY s.trace_id"
    )
    facts = {"slices": hours, "files": hours * files, "rows": hours * files * SPANS}
    for name, sql in (("trace by id", by_id), ("search for traces", search)):
        ours, theirs, rows = asked(service, sql)
        yield Line(
            name=f"otlp/{name}",
            value=ours,
            unit="s",
            peer=PEER,
            peer_value=theirs,
            conditions=facts | {"reads": reads(service, sql), "result_rows": rows},
        )
    keys = [
        filter_key(table_spec(OTEL_SPANS), "trace_id", path)
        for path in TableCache().snapshot(lake, table_spec(OTEL_SPANS)).files["path"]
    ]
    begun = time.perf_counter()
    cache = LookupCache()
    cache.may_hold(lake.objects, keys, [wanted])
    cold = time.perf_counter() - begun
    begun = time.perf_counter()
    cache.may_hold(lake.objects, keys, [wanted])
    yield Line(
        name="otlp/asking the filters of all files, known ones",
        value=time.perf_counter() - begun,
        unit="s",
        peer="the same, reading them first",
        peer_value=cold,
        conditions=facts,
    )


def asked(service: QueryService, sql: str) -> tuple[float, float, int]:
    """Return the least seconds that a query took, ours and plainly by turns, and its rows."""
    seconds: dict[bool, list[float]] = {False: [], True: []}
    rows = set()
    for _ in range(REPEATS):
        for plainly, spent in seconds.items():
            with (
                patch.object(lookups, "LOOKUP_VALUES_MAX", 0 if plainly else LOOKUP_VALUES_MAX),
                patch.object(passing, "PASSED_JOINS_MAX", 0 if plainly else PASSED_JOINS_MAX),
            ):
                begun = time.perf_counter()
                rows.add(sum(batch.num_rows for batch in service.query(sql).batches))
                spent.append(time.perf_counter() - begun)
    (count,) = rows
    assert count > 0, "there is something to find"
    return min(seconds[False]), min(seconds[True]), count


def reads(service: QueryService, sql: str) -> str:
    """Return what EXPLAIN says of the files that are read."""
    (first, *_) = service.query(f"EXPLAIN {sql}").batches
    plan = first.to_pylist()[0]["plan"]
    return "; ".join(line.strip() for line in plan.splitlines() if "reads:" in line)
