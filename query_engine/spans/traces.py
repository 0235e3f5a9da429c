"""
The steps of plans that read the spans of one trace as a tree.

They travel to the processes that run plans, so they hold plain values only. Spans are numbered by
time first: what belongs together is then together in memory, which halves what the rest takes.
"""

from dataclasses import dataclass

import polars as pl

from query_engine.spans.critical_path import critical_path
from query_engine.spans.depth_first import depth_first
from query_engine.spans.hex_ids import forest_of
from query_engine.spans.limits import TRACE_DEPTH_MAX
from query_engine.spans.paths import call_paths
from query_engine.spans.sorting import by_value

TREE = pl.Schema({"row": pl.Int64(), "depth": pl.UInt32(), "path": pl.String()})
"""What a tree adds to the columns of spans."""

TIME = pl.Datetime("ns", "UTC")
INSTEAD = "read the spans of this trace from otel_spans by trace_id"


@dataclass(frozen=True, slots=True)
class Trees:
    """The step that adds to the spans of a trace where they stand in it (schema ``TREE``)."""

    def __call__(self, spans: pl.DataFrame) -> pl.DataFrame:
        """
        Return the spans from the roots inwards, each followed by what it caused, by time.

        Spans whose parents form a circle come last, by time, without depth and path.

        Args:
            spans: At least ``span_id``, ``parent_span_id``, ``start_time`` and ``name``.
        """
        begin = spans["start_time"].to_physical().to_numpy()
        by_time = by_value(begin)
        tree = forest_of(spans["span_id"], spans["parent_span_id"], by_time)
        order = depth_first(tree, begin[by_time])
        rows = by_time[order]
        paths = call_paths(tree, spans["name"].gather(by_time), TRACE_DEPTH_MAX, INSTEAD)
        depth, number = pl.Series(tree.depth[order]), pl.Series(paths.of_span[order])
        added = pl.select(
            pl.int_range(len(rows), dtype=pl.Int64()).alias("row"),
            pl.when(depth >= 0).then(depth).cast(pl.UInt32()).alias("depth"),
            pl.when(number >= 0).then(number).alias("path"),
        )
        texts = paths.table["path"].gather(added["path"])
        return pl.concat([added.with_columns(path=texts), spans[rows]], how="horizontal")


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """
    The step that makes the critical path of a trace's spans.

    Attributes:
        kept: Columns of the spans that the stretches keep.
    """

    kept: tuple[str, ...]

    def __call__(self, spans: pl.DataFrame) -> pl.DataFrame:
        """
        Return the stretches in the order of time: ``step, begin, end, duration, depth``, *kept*.

        Args:
            spans: ``span_id``, ``parent_span_id``, ``start_time``, ``end_time`` and *kept*.
        """
        begin, end = (spans[name].to_physical().to_numpy() for name in ("start_time", "end_time"))
        by_time = by_value(begin)
        tree = forest_of(spans["span_id"], spans["parent_span_id"], by_time)
        stretches = critical_path(tree, begin[by_time], end[by_time])
        places = stretches["span"].to_numpy()
        times = stretches.select(
            pl.int_range(pl.len(), dtype=pl.Int64()).alias("step"),
            pl.col("begin", "end").cast(TIME),
            (pl.col("end") - pl.col("begin")).alias("duration"),
            pl.Series("depth", tree.depth[places]).cast(pl.UInt32()),
        )
        kept: pl.DataFrame = spans.select(self.kept)[by_time[places]]
        return pl.concat([times, kept], how="horizontal")
