"""Blocks become rows: of Delta tables, exactly once, and of the tail that queries add to them."""

from assets.materialize.cache import DecodedCache
from assets.materialize.commits import materialize, rebuild
from assets.materialize.counting import BUILT_BY, Counted, counted, rebuildable
from assets.materialize.fetch import PayloadMissing, payloads
from assets.materialize.from_source import lacking_of, rebuild_from_source
from assets.materialize.live import Condition, Predicate, live_rows
from assets.materialize.on_demand import (
    WantedSlices,
    bytes_lacking,
    ensure_materialized,
    fill,
)
from assets.materialize.planning import (
    Backlog,
    Gap,
    backlog,
    hours_between,
    uncovered,
    uncovered_between,
)
from assets.materialize.report import Report
from assets.materialize.retries import slices_to_retry
from assets.materialize.rows import block_frame, block_rows, thread_name, told_rows
from assets.materialize.tail import read_tail, tail_refs
from assets.materialize.telling import tell_of_build

__all__ = [
    "BUILT_BY",
    "Backlog",
    "Condition",
    "Counted",
    "DecodedCache",
    "Gap",
    "PayloadMissing",
    "Predicate",
    "Report",
    "WantedSlices",
    "backlog",
    "block_frame",
    "block_rows",
    "bytes_lacking",
    "counted",
    "ensure_materialized",
    "fill",
    "hours_between",
    "lacking_of",
    "live_rows",
    "materialize",
    "payloads",
    "read_tail",
    "rebuild",
    "rebuild_from_source",
    "rebuildable",
    "slices_to_retry",
    "tail_refs",
    "tell_of_build",
    "thread_name",
    "told_rows",
    "uncovered",
    "uncovered_between",
]
