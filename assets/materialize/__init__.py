"""Blocks become rows: of Delta tables, exactly once, and of the tail that queries add to them."""

from assets.materialize.cache import DecodedCache
from assets.materialize.commits import materialize, rebuild
from assets.materialize.fetch import PayloadMissing, payloads
from assets.materialize.live import Condition, Predicate, live_rows
from assets.materialize.on_demand import ensure_materialized
from assets.materialize.planning import uncovered
from assets.materialize.report import Report
from assets.materialize.retries import slices_to_retry
from assets.materialize.rows import block_frame, block_rows
from assets.materialize.tail import read_tail, tail_refs

__all__ = [
    "Condition",
    "DecodedCache",
    "PayloadMissing",
    "Predicate",
    "Report",
    "block_frame",
    "block_rows",
    "ensure_materialized",
    "live_rows",
    "materialize",
    "payloads",
    "read_tail",
    "rebuild",
    "slices_to_retry",
    "tail_refs",
    "uncovered",
]
