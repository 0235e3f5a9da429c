"""
How each kind of relation is freed of what it reads from around its subquery: the table of rules.

A rule answers with the relation and the conditions that are left to test: see ``Unnested``.
"""

from collections.abc import Mapping

from query_engine.sql.decorrelate_groups import (
    aggregated,
    distinct,
    limited,
    limited_each,
    ordered,
    windowed,
)
from query_engine.sql.decorrelate_joins import asof_joined, joined, set_operation, united
from query_engine.sql.decorrelate_recursion import recursive
from query_engine.sql.decorrelate_rows import attached, filtered, one_row, projected, unnested
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
    SetOperation,
    Sort,
    Union,
    Unnest,
    Window,
)
from query_engine.sql.scalars import (
    Parameters,
)
from query_engine.sql.session import Session
from query_engine.sql.unnesting import Rule, Unnesting


def unnesting(session: Session, outside: Relation, parameters: Parameters) -> Unnesting:
    """Return what unnests a subquery whose parameters are computed over *outside*."""
    return Unnesting(session, outside, parameters, RULES)


RULES: Mapping[type, Rule] = {
    OneRow: one_row,
    Filter: filtered,
    Project: projected,
    Aggregate: aggregated,
    Join: joined,
    AsofJoin: asof_joined,
    Window: windowed,
    Sort: ordered,
    Limit: limited,
    LimitEach: limited_each,
    Distinct: distinct,
    Union: united,
    SetOperation: set_operation,
    AttachValue: attached,
    Unnest: unnested,
    Recursive: recursive,
}
"""The rule of each kind of relation; one that is missing is refused in correlated subqueries."""
