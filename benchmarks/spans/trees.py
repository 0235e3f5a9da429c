"""The part `trees`: functions over call trees, beside DuckDB's SQL that computes the same."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import duckdb
import numpy as np
import polars as pl

from benchmarks.report_lines import Line
from benchmarks.spans import trees_sql
from benchmarks.spans.made import BEGIN_NS, Calls, calls
from benchmarks.spans.part import Part
from query_engine.spans.flame import Flame
from query_engine.spans.traces import CriticalPath, Trees

PEER = f"DuckDB {duckdb.__version__}"
SPANS, SPANS_QUICK = 5_000_000, 50_000
TRACE_SPAN_NS = 50_000_000
"""One request of so many spans is long."""

KEPT = ("span_id", "name")
TIME = pl.Datetime("ns", "UTC")


def lines(quick: bool) -> Iterator[Line]:
    """Measure each function; the answers are equal, or there is no line."""
    count = SPANS_QUICK if quick else SPANS
    profile, other, trace = (
        calls(count, 4, 1000),
        calls(count, 5, 1000),
        calls(count, 6, 1, TRACE_SPAN_NS),
    )
    a, b, spans = profile.frame(), other.frame(), trace_frame(trace)
    low, high = BEGIN_NS, BEGIN_NS + 10**18
    flame, path, tree = Flame(low, high), CriticalPath(KEPT), Trees()
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        for name, frame in (("a", a), ("b", b), ("spans", spans)):
            engine.register("given", frame.to_arrow())
            engine.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
            engine.unregister("given")
        asked = {
            "flame": (lambda: flame(a), trees_sql.FLAME, len(profile.id)),
            "span_diff": (partial(difference, flame, a, b), trees_sql.DIFFERENCE, 2 * a.height),
            "trace_spans": (
                lambda: tree(spans).select("row", "depth", "path", "span_id"),
                trees_sql.TREE,
                spans.height,
            ),
            "critical_path": (
                lambda: path(spans).select("span_id", "begin", "end"),
                trees_sql.CRITICAL_PATH,
                spans.height,
            ),
        }
        for name, (ours, sql, many) in asked.items():
            yield compared(name, ours, partial(asked_of, engine, sql), many)


def asked_of(engine: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    """Return DuckDB's answer."""
    return pl.DataFrame(pl.from_arrow(engine.sql(sql).to_arrow_table()))


def compared(
    name: str, ours: Callable[[], pl.DataFrame], theirs: Callable[[], pl.DataFrame], spans: int
) -> Line:
    """Run both once, compare what they answer, and tell what they took."""
    mine, my_cpu, my_wall = timed(ours)
    other, cpu, wall = timed(theirs)
    mine = mine.with_columns(pl.col(pl.Datetime).cast(pl.Int64()))
    other = other.select(mine.columns).cast(dict(mine.schema))  # type: ignore[arg-type]
    order = mine.columns
    assert mine.sort(order).equals(other.sort(order)), f"{name}: the same rows"
    return Line(
        name=f"spans.{name}", value=1e6 * my_cpu / spans, unit="CPU us per span",
        peer=PEER, peer_value=1e6 * cpu / spans,
        conditions={
            "spans": spans, "rows": mine.height,
            "wall_s": round(my_wall, 2), "peer_wall_s": round(wall, 2),
        },
    )  # fmt: skip


def timed(run: Callable[[], pl.DataFrame]) -> tuple[pl.DataFrame, float, float]:
    """Return the answer, and the CPU and the wall time of it."""
    begun, clock = time.process_time(), time.perf_counter()
    answer = run()
    return answer, time.process_time() - begun, time.perf_counter() - clock


def difference(flame: Flame, a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    """Join two flame tables as `span_diff` does."""
    names = ("count", "inclusive", "self")
    sides = [
        flame(side).select("path", *(pl.col(name).alias(f"{name}_{at}") for name in names))
        for at, side in (("a", a), ("b", b))
    ]
    both = sides[0].join(sides[1], on="path", how="full", coalesce=True)
    values = [f"{name}_{at}" for name in names for at in "ab"]
    return both.with_columns(pl.col(values).fill_null(0).cast(pl.Int64()))


def trace_frame(spans: Calls) -> pl.DataFrame:
    """Return spans as those of one trace, in no order."""
    order = np.random.default_rng(7).permutation(len(spans.id))
    frame = spans.frame()[order]
    return frame.select(
        written("id").alias("span_id"),
        pl.when(pl.col("parent") > 0).then(written("parent")).alias("parent_span_id"),
        pl.col("begin").cast(TIME).alias("start_time"),
        pl.col("end").cast(TIME).alias("end_time"),
        "name",
    )


def written(column: str) -> pl.Expr:
    """Return ids as texts of 16 digits that are spread as random ones are."""
    spread = (pl.col(column).cast(pl.UInt64()) * 0x9E3779B1) % (10**16 - 63)
    return spread.cast(pl.String()).str.zfill(16)


TREES = Part("trees", lines)
