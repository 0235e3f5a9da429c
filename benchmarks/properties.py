"""
What a filter on one key of `properties` costs beside the same filter on a plain text column.

Ten million log rows in ten slices, five keys a row. The plain column is `target`, which holds the
same texts as the key. The peer of every line is that column; a key that is not promoted is shown
beside them, as it is what every key would cost without promotion.

    python -m benchmarks.properties [--quick]
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from assets.materialize import DecodedCache
from assets.storage.lake import Lake, open_lake
from assets.storage.layout import Slice
from assets.storage.tables import TableCache, append
from assets.views.generation import generation_of
from assets.views.log_entries import LOG_ENTRIES
from assets.views.physical import table_spec, to_storage
from benchmarks.report_lines import Line, arguments, best_of, emit
from benchmarks.scratch_lake import scratch_lake
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.catalog import LakeTables
from query_engine.tables.session import LakeCaches

SLICES = 10
ROUTES = 200
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
RARE = "rare-key"
"""A key that too few rows have to be promoted."""

QUESTIONS = {
    "equals": "SELECT count(*) FROM log_entries WHERE {} = '/route/7'",
    "like": "SELECT count(*) FROM log_entries WHERE {} LIKE '%/17%'",
    "group": "SELECT {} AS r, count(*) AS n FROM log_entries GROUP BY 1 ORDER BY n DESC LIMIT 5",
}


def rows(number: int, count: int) -> pl.DataFrame:
    """Return *count* rows of one slice, with the view's columns."""
    rng = np.random.default_rng(number)
    routes = pl.Series(rng.integers(0, ROUTES, count)).cast(pl.String)
    start = int((NOON + timedelta(hours=number)).timestamp()) * 10**9
    times = pl.Series(np.sort(rng.integers(start, start + 3600 * 10**9, count)))
    frame = pl.DataFrame(
        {
            "time": times.cast(pl.Datetime("ns", "UTC")),
            "target": "/route/" + routes,
            "user": "u" + pl.Series(rng.integers(0, 50_000, count)).cast(pl.String),
            "status": pl.Series(rng.choice(["200", "404", "500"], count)),
            "rare": pl.Series(rng.random(count) < 0.01),
        }
    )
    entry = [
        pl.struct(key=pl.lit("route"), value=pl.col("target")),
        pl.struct(key=pl.lit("user"), value=pl.col("user")),
        pl.struct(key=pl.lit("status"), value=pl.col("status")),
        pl.struct(key=pl.lit("method"), value=pl.lit("GET")),
        pl.struct(
            key=pl.when("rare").then(pl.lit(RARE)).otherwise(pl.lit("region")),
            value=pl.when("rare").then(pl.col("target")).otherwise(pl.lit("eu-west-1")),
        ),
    ]
    map_type = LOG_ENTRIES.schema["properties"]
    text = {"process_id": "00000000-0000-4000-8000-000000000001", "msg": "request served"}
    known = {name: pl.lit(value) for name, value in text.items()}
    known |= {"properties": pl.concat_list(entry).cast(map_type), "insert_time": pl.col("time")}
    known |= {"process_properties": pl.concat_list(entry[:1]).cast(map_type), "level": pl.lit(4)}
    present = {"time", "target", *known}
    known |= {n: pl.lit("x") for n in LOG_ENTRIES.schema.names() if n not in present}
    frame = frame.with_columns(**known)
    return frame.select(pl.col(name).cast(dtype) for name, dtype in LOG_ENTRIES.schema.items())


def fill(lake: Lake, count: int) -> None:
    """Write the slices, a commit each; all of them promote by the first."""
    spec, tables = table_spec(LOG_ENTRIES), TableCache()
    for number in range(SLICES):
        slice_ = Slice(NOON + timedelta(hours=number))
        stored = to_storage(rows(number, count // SLICES), LOG_ENTRIES, slice_)
        base = tables.snapshot(lake, spec)
        append(lake, spec, base, stored, {slice_.app_id(generation_of(LOG_ENTRIES)): number + 1})


def asking(service: QueryService, sql: str) -> Callable[[], object]:
    """Return what asks a query and reads its answer."""
    return lambda: [batch.num_rows for batch in service.query(sql).batches]


def main() -> None:
    """Fill a lake, ask each question of the key and of the column, print the ratios."""
    options = arguments(__doc__)
    count, repeats = (1_000_000, 2) if options.quick else (10_000_000, 5)
    with scratch_lake() as scratch, open_lake(scratch.settings) as lake:
        fill(lake, count)
        caches = LakeCaches(lake, TableCache(), DecodedCache(), QueryMetrics())
        service = QueryService(LakeTables(caches), QuerySettings(), caches.metrics)
        for name, question in QUESTIONS.items():
            plain = best_of(repeats, asking(service, question.format("target")))
            lookups = {
                "property_get": "property_get(properties, 'route')",
                "brackets": "properties['route']",
                "not promoted": f"property_get(properties, '{RARE}')",
            }
            for kind, lookup in lookups.items():
                spent = best_of(
                    1 if kind == "not promoted" else repeats,
                    asking(service, question.format(lookup)),
                )
                emit(
                    Line(
                        name=f"{name}, {kind}",
                        value=spent,
                        unit="s",
                        peer="the same of a plain text column",
                        peer_value=plain,
                        conditions={"rows": count},
                    )
                )
        service.close(1)


if __name__ == "__main__":
    main()
