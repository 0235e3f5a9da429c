"""
Bound relations to a Polars plan; nothing is decided here that changes the answer.

A kind of relation is lowered by one function, listed in ``LOWERINGS``.
"""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from query_engine.sql.catalog import ScanRequest
from query_engine.sql.columns import needed_columns
from query_engine.sql.lower_aggregates import aggregate
from query_engine.sql.lower_asof import asof_join
from query_engine.sql.lower_joins import attach_value, join
from query_engine.sql.lower_recursion import recursive, working_table
from query_engine.sql.lower_rows import (
    distinct,
    filtered,
    limited,
    limited_each,
    one_row,
    ordered,
    project,
    scan,
    union,
)
from query_engine.sql.lower_sets import set_operation, values
from query_engine.sql.lower_tables import table_call
from query_engine.sql.lower_unnest import unnest
from query_engine.sql.lower_windows import window
from query_engine.sql.lowered import Lowering, computed_once
from query_engine.sql.predicates import scan_requests
from query_engine.sql.relations import (
    Aggregate,
    AsofJoin,
    AttachValue,
    Distinct,
    Filter,
    Join,
    Limit,
    LimitEach,
    OneRow,
    Project,
    Recursive,
    Relation,
    Scan,
    SetOperation,
    Sort,
    TableCall,
    Union,
    Unnest,
    Values,
    Window,
    WorkingTable,
    topological,
)
from query_engine.sql.sharing import shared
from query_engine.sql.shortcuts import shortcuts

LOWERINGS: Mapping[type, Callable[[Lowering, Any], pl.LazyFrame]] = {
    OneRow: one_row,
    Scan: scan,
    Project: project,
    Filter: filtered,
    Join: join,
    AsofJoin: asof_join,
    Aggregate: aggregate,
    Window: window,
    Sort: ordered,
    Limit: limited,
    LimitEach: limited_each,
    Distinct: distinct,
    Union: union,
    SetOperation: set_operation,
    Values: values,
    TableCall: table_call,
    Unnest: unnest,
    AttachValue: attach_value,
    WorkingTable: working_table,
    Recursive: recursive,
}
"""How each kind of relation becomes a plan, its inputs being lowered."""


def lower(root: Relation, requests: Mapping[int, ScanRequest] | None = None) -> pl.LazyFrame:
    """
    Return the plan of *root*; its columns are called by their ids.

    Args:
        root: The bound query.
        requests: What each scan is asked for, if the caller has found that out already.
    """
    asked = scan_requests(root) if requests is None else requests
    lowering = Lowering(asked, needed_columns(root))
    once, known = shared(root), shortcuts(root, lowering)
    for node in reversed(topological(root)):
        if id(node) in known.covered:
            continue
        frame = known.frames.get(id(node))
        if frame is None:
            frame = LOWERINGS[type(node)](lowering, node)
        lowering.frames[id(node)] = computed_once(frame) if id(node) in once else frame
    return lowering.frames[id(root)]
