"""
Which SELECTs may be a view: those that give the same rows however the events come.

A table is built from some blocks now and others later, and a query adds the blocks that no table
has yet. So a row may depend on one event, or it is a partial row that a merge makes whole.
"""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from query_engine.defined.select import Select
from query_engine.functions.catalog import SCALARS_BY_NAME
from query_engine.sql.errors import SqlError
from query_engine.sql.relations import (
    Aggregate,
    AsofJoin,
    AttachValue,
    Distinct,
    Filter,
    Join,
    Limit,
    LimitEach,
    Project,
    Recursive,
    Relation,
    Scan,
    SetOperation,
    Sort,
    Union,
    Unnest,
    Window,
    topological,
)

_CLOCKS = (
    exp.CurrentTimestamp,
    exp.CurrentDate,
    exp.CurrentTime,
    exp.CurrentDatetime,
    exp.Localtime,
    exp.Localtimestamp,
)
_RANDOM = frozenset({"random", "uuid"})

_ONE_EVENT = "a row of a view without a merge rule is made of one event"

_REFUSED: Mapping[type[Relation], tuple[str, str, tuple[type[exp.Expr], ...]]] = {
    Sort: (
        "ORDER BY has no place in a view: its rows have no order",
        "say sort_by for the order in files, and ORDER BY in the query",
        (exp.Order,),
    ),
    Limit: (
        "LIMIT and OFFSET depend on which events came first",
        "write them in the query",
        (exp.Limit, exp.Fetch, exp.Offset),
    ),
    LimitEach: (
        "DISTINCT ON depends on which events came first",
        "write it in the query",
        (exp.Distinct,),
    ),
    Distinct: (
        f"DISTINCT compares events with each other: {_ONE_EVENT}",
        "write GROUP BY, with merge = 'auto'",
        (exp.Distinct, exp.SetOperation),
    ),
    Window: (
        f"a window function looks at other events: {_ONE_EVENT}",
        "write it in the query",
        (exp.Window,),
    ),
    SetOperation: (
        f"INTERSECT and EXCEPT compare events with each other: {_ONE_EVENT}",
        "write UNION ALL, or a condition",
        (exp.Intersect, exp.Except),
    ),
    AsofJoin: (
        f"a join looks at other events: {_ONE_EVENT}",
        "join in the query",
        (exp.Join,),
    ),
    Recursive: ("a view cannot be recursive", "write it in the query", (exp.With,)),
}


def check_repeatable(select: Select) -> None:
    """
    Refuse what gives another answer each time it is asked.

    Raises:
        SqlError: The SELECT asks for the time, for chance, or for payloads; placed.
    """
    for node in select.tree.walk():
        name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
        function = SCALARS_BY_NAME.get(name)
        if isinstance(node, _CLOCKS) or (function is not None and function.clock):
            said = name or node.key
            raise select.problem(
                f"{said} is another time whenever a view is built",
                node,
                "compare times in the query",
            )
        if function is not None and (function.name in _RANDOM or function.payloads):
            raise select.problem(f"{name} is something else whenever a view is built", node)
    for scan in topological(select.relation):
        if isinstance(scan, Scan) and scan.table not in select.tables:
            raise select.problem(f"{scan.table.name} cannot be the source of a view")


def check_row_by_row(select: Select, relation: Relation) -> None:
    """
    Refuse a relation whose rows depend on more than one event of the sources.

    Raises:
        SqlError: It does; placed at what makes it so.
    """
    if not reads(relation):
        raise select.problem("the SELECT reads no view: it has nothing to be built from")
    match relation:
        case Scan():
            return
        case Project() | Filter() | Unnest():
            check_row_by_row(select, relation.input)
        case Union():
            for one in relation.inputs:
                check_row_by_row(select, one)
        case AttachValue():
            _constant(select, relation.subquery)
            check_row_by_row(select, relation.input)
        case Join():
            _check_join(select, relation)
        case Aggregate():
            where = first(select, exp.Group, exp.AggFunc) or aggregate_in(select)
            raise select.problem(
                f"the SELECT aggregates: {_ONE_EVENT}",
                where or 0,
                "say merge = 'auto', or give a merge SELECT",
            )
        case _:
            raise _refused(select, relation)


def reads(relation: Relation) -> bool:
    """Tell whether a relation reads any table."""
    return any(isinstance(node, Scan) for node in topological(relation))


def aggregation(select: Select) -> Aggregate:
    """
    Return the aggregation that a SELECT with a merge rule is.

    Raises:
        SqlError: It is none, or something else is done to its rows; placed.
    """
    relation = select.relation
    while isinstance(relation, Project):
        relation = relation.input
    if isinstance(relation, Aggregate):
        check_row_by_row(select, relation.input)
        return relation
    if isinstance(relation, Filter) and _aggregates(relation):
        having = first(select, exp.Having) or first(select, exp.Where)
        raise select.problem(
            "a condition on aggregates sees partial rows only",
            having or 0,
            "leave HAVING to the query",
        )
    if isinstance(relation, Union) and _aggregates(relation):
        raise select.problem(
            "a merge rule takes one GROUP BY, without GROUPING SETS, ROLLUP, CUBE or UNION",
            first(select, exp.Group) or 0,
        )
    if not _aggregates(relation):
        raise select.problem("a merge rule is for a SELECT with GROUP BY; this one has none")
    raise _refused(select, relation)


def first(select: Select, *kinds: type[exp.Expr]) -> exp.Expr | None:
    """Return the first part of the text that is of one of these kinds."""
    return next(iter(_parts(select, kinds)), None)


def aggregate_in(select: Select) -> exp.Expr | None:
    """Return the first call of an aggregate."""
    calls = _parts(select, (exp.Anonymous,))
    return next((call for call in calls if call.name.lower() not in SCALARS_BY_NAME), None)


def _parts(select: Select, kinds: tuple[type[exp.Expr], ...]) -> Iterator[exp.Expr]:
    return (node for node in select.tree.walk() if isinstance(node, kinds))


def _check_join(select: Select, join: Join) -> None:
    """A join with constants is a lookup; one with events looks at other events."""
    left, right = reads(join.left), reads(join.right)
    kept = {"right", "full"} if left else {"left", "full", "semi", "anti", "mark"}
    if (left and right) or join.kind in kept:
        raise select.problem(
            f"a join looks at other events: {_ONE_EVENT}",
            first(select, exp.Join, exp.In, exp.Exists, exp.Subquery) or 0,
            "join in the query; VALUES may be joined here",
        )
    check_row_by_row(select, join.left if left else join.right)


def _constant(select: Select, relation: Relation) -> None:
    if reads(relation):
        raise select.problem(
            f"a subquery reads other events: {_ONE_EVENT}",
            first(select, exp.Subquery, exp.Exists) or 0,
            "write it in the query",
        )


def _aggregates(relation: Relation) -> bool:
    return any(isinstance(node, Aggregate) and reads(node) for node in topological(relation))


def _refused(select: Select, relation: Relation) -> SqlError:
    known = _REFUSED.get(type(relation))
    if known is None:
        return select.problem("a view cannot be built from this SELECT")
    message, hint, kinds = known
    return select.problem(message, first(select, *kinds) or 0, hint)
