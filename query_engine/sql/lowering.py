"""
Bound relations to a Polars plan; nothing is decided here that changes the answer.

A kind of relation is lowered by one function, listed in ``LOWERINGS``.
"""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from query_engine.sql.columns import needed_columns
from query_engine.sql.lower_aggregates import aggregate
from query_engine.sql.lower_joins import attach_value, join, membership
from query_engine.sql.lower_rows import (
    distinct,
    filtered,
    limited,
    one_row,
    ordered,
    project,
    scan,
    union,
)
from query_engine.sql.lower_sets import set_operation, values
from query_engine.sql.lower_tables import table_call
from query_engine.sql.lower_windows import window
from query_engine.sql.lowered import Checkpoint, Lowering
from query_engine.sql.predicates import scan_requests
from query_engine.sql.relations import (
    Aggregate,
    AttachMembership,
    AttachValue,
    Distinct,
    Filter,
    Join,
    Limit,
    OneRow,
    Project,
    Relation,
    Scan,
    SetOperation,
    Sort,
    TableCall,
    Union,
    Values,
    Window,
    topological,
)

LOWERINGS: Mapping[type, Callable[[Lowering, Any], pl.LazyFrame]] = {
    OneRow: one_row,
    Scan: scan,
    Project: project,
    Filter: filtered,
    Join: join,
    Aggregate: aggregate,
    Window: window,
    Sort: ordered,
    Limit: limited,
    Distinct: distinct,
    Union: union,
    SetOperation: set_operation,
    Values: values,
    TableCall: table_call,
    AttachValue: attach_value,
    AttachMembership: membership,
}
"""How each kind of relation becomes a plan, its inputs being lowered."""


def lower(root: Relation, checkpoint: Checkpoint) -> pl.LazyFrame:
    """Return the plan of *root*; its columns are called by their ids."""
    lowering = Lowering(scan_requests(root), needed_columns(root), checkpoint, few_wanted(root))
    for node in reversed(topological(root)):
        lowering.frames[id(node)] = LOWERINGS[type(node)](lowering, node)
    return lowering.frames[id(root)]


def few_wanted(root: Relation) -> frozenset[int]:
    """
    Return the scans of which only the first rows in some order are wanted.

    The engine reads less of those, if nothing that it cannot see through stands in between.
    """
    found = set()
    for node in topological(root):
        if not isinstance(node, Limit):
            continue
        below: Relation = node
        while isinstance(below, (Limit, Project, Sort, Filter)):
            below = below.input
        if isinstance(below, Scan):
            found.add(id(below))
    return frozenset(found)
