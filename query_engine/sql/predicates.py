"""
Pruning: carries facts from WHERE and ON down to the scans that can use them.

Rule: a fact only ever lets a scan leave out rows that cannot reach the result. The filters
themselves stay where they were.
"""

from collections.abc import Iterable, Mapping, Sequence

from query_engine.sql.catalog import ColumnPredicate, PredicateOp, ScanRequest
from query_engine.sql.columns import needed_columns
from query_engine.sql.facts import Fact, bare_column, facts_of, weakest
from query_engine.sql.relations import (
    ONE_SIDED,
    Aggregate,
    AsofJoin,
    AttachValue,
    Distinct,
    Filter,
    Join,
    Limit,
    LimitEach,
    Project,
    Relation,
    Scan,
    SetOperation,
    Sort,
    Union,
    Unnest,
    Window,
    inputs,
    topological,
)
from query_engine.sql.scalars import ColumnRef, Scalar

Facts = frozenset[Fact]
NOTHING: Facts = frozenset()


def scan_requests(root: Relation) -> Mapping[int, ScanRequest]:
    """Return what each scan of a query is asked for, by ``id(scan)``."""
    needs = needed_columns(root)
    facts = facts_by_relation(root)
    limits = scan_limits(root)
    above = tested_above(root)
    requests: dict[int, ScanRequest] = {}
    for node in topological(root):
        if not isinstance(node, Scan):
            continue
        names = dict(zip((c.id for c in node.columns), node.names, strict=True))
        predicates = [
            ColumnPredicate(names[fact.column], fact.op, fact.value) for fact in facts[id(node)]
        ]
        predicates.sort(key=lambda p: (p.column, p.op, repr(p.value)))
        columns = frozenset(names[column] for column in needs[id(node)])
        tested = frozenset(
            ColumnPredicate(names[fact.column], fact.op, fact.value)
            for fact in above.get(id(node), NOTHING)
        )
        limit = limits.get(id(node))
        requests[id(node)] = ScanRequest(columns, tuple(predicates), limit, tested=tested)
    return requests


def tested_above(root: Relation) -> Mapping[int, Facts]:
    """Return the facts that every reader of a scan tests on each of its rows, by ``id(scan)``."""
    found: dict[int, Facts] = {}
    for node in topological(root):
        facts = frozenset(facts_of(node.predicate)) if isinstance(node, Filter) else NOTHING
        for child in inputs(node):
            if isinstance(child, Scan):
                found[id(child)] = found.get(id(child), facts) & facts
    return found


def facts_by_relation(root: Relation) -> Mapping[int, Facts]:
    """Return what holds for the rows of each relation that matter to the result."""
    arriving: dict[int, list[Facts]] = {id(root): [NOTHING]}
    known: dict[int, Facts] = {}
    holding = facts_that_hold(root)
    for node in topological(root):
        sets = arriving[id(node)]
        known[id(node)] = sets[0] if len(sets) == 1 else weakest(sets)
        for child, facts in passed_down(node, known[id(node)], holding):
            own = {column.id for column in child.columns}
            kept = frozenset(fact for fact in facts if fact.column in own)
            arriving.setdefault(id(child), []).append(kept)
    return known


def sources(items: Sequence[tuple[ColumnRef, Scalar]]) -> dict[str, str]:
    """Return the input's column for each output column that only passes it on."""
    found = ((column.id, bare_column(value)) for column, value in items)
    return {name: source.id for name, source in found if source is not None}


def facts_that_hold(root: Relation) -> Mapping[int, Facts]:
    """Return what is true of every row of each relation, from the filters below it."""
    holding: dict[int, Facts] = {}
    for node in reversed(topological(root)):
        below = [holding[id(child)] for child in inputs(node)]
        holding[id(node)] = held(node, below)
    return holding


def held(node: Relation, below: Sequence[Facts]) -> Facts:
    """Return what is true of every row of *node*, given what is of its inputs' rows."""
    if isinstance(node, Filter):
        return below[0] | frozenset(facts_of(node.predicate))
    if isinstance(node, Project):
        given: dict[str, list[str]] = {}
        for column, source in sources(node.items).items():
            given.setdefault(source, []).append(column)
        return frozenset(
            Fact(column, fact.op, fact.value)
            for fact in below[0]
            for column in given.get(fact.column, ())
        )
    if isinstance(node, Join):
        keeps_left = node.kind in {"inner", "cross", "left", *ONE_SIDED}
        keeps_right = node.kind in {"inner", "cross", "right"}
        return (below[0] if keeps_left else NOTHING) | (below[1] if keeps_right else NOTHING)
    if isinstance(node, AsofJoin):
        return below[0] if node.keep else below[0] | below[1]
    if isinstance(node, Sort | Limit | LimitEach | Distinct | Window | AttachValue | Unnest):
        return below[0]
    return NOTHING


def passed_down(
    node: Relation, facts: Facts, holding: Mapping[int, Facts]
) -> list[tuple[Relation, Facts]]:
    """Return each input of *node* with the facts that hold for its rows that matter."""
    if isinstance(node, Filter):
        return [(node.input, facts | frozenset(facts_of(node.predicate)))]
    if isinstance(node, Project):
        return [(node.input, through(facts, sources(node.items)))]
    if isinstance(node, Aggregate):
        return [(node.input, through(facts, sources(node.keys)))]
    if isinstance(node, Join):
        return join_facts(node, facts, holding)
    if isinstance(node, AsofJoin):
        return asof_facts(node, facts | holding[id(node.left)])
    if isinstance(node, Union | SetOperation):
        places = [column.id for column in node.columns]
        return [
            (child, through(facts, dict(zip(places, (c.id for c in child.columns), strict=True))))
            for child in inputs(node)
        ]
    if isinstance(node, AttachValue):
        return [(node.input, facts), (node.subquery, NOTHING)]
    if isinstance(node, LimitEach):
        return [(node.input, through(facts, {column.id: column.id for column in node.by}))]
    if isinstance(node, Sort | Distinct | Unnest):
        return [(node.input, facts)]
    if isinstance(node, Window):
        return [(node.input, window_facts(node, facts))]
    return [(child, NOTHING) for child in inputs(node)]


def through(facts: Iterable[Fact], names: Mapping[str, str]) -> Facts:
    """Return the facts about columns in *names*, under their other names."""
    return frozenset(
        Fact(names[fact.column], fact.op, fact.value) for fact in facts if fact.column in names
    )


def window_facts(node: Window, facts: Facts) -> Facts:
    """
    Return the facts about columns that every window is partitioned by.

    They let go of whole partitions; any other would take rows away that windows still look at.
    """
    shared = [
        {value.id for value in call.partition if isinstance(value, ColumnRef)}
        for _, call in node.calls
    ]
    return frozenset(fact for fact in facts if all(fact.column in keys for keys in shared))


def join_facts(
    node: Join, facts: Facts, holding: Mapping[int, Facts]
) -> list[tuple[Relation, Facts]]:
    """
    Return what holds on both sides of a join.

    A fact from above is false for NULL, so rows that an outer join pads with NULL fail it: it may
    be used on either side of any join. Equal keys carry a fact from one side to the other: a row
    whose key fails it only meets partners that fail it. What holds for one side by itself is
    carried over unless the join keeps the other side's rows without partner.
    """
    pairs = [(bare_column(left), bare_column(right)) for left, right in node.keys]
    to_right = {a.id: b.id for a, b in pairs if a is not None and b is not None}
    to_left = {right: left for left, right in to_right.items()}
    left, right = facts, facts
    if node.kind in {"inner", "left", *ONE_SIDED}:
        right |= holding[id(node.left)]
    if node.kind in {"inner", "right", "semi"}:
        left |= holding[id(node.right)]
    return [
        (node.left, facts | through(left, to_left)),
        (node.right, facts | through(right, to_right)),
    ]


def asof_facts(node: AsofJoin, facts: Facts) -> list[tuple[Relation, Facts]]:
    """
    Return what holds on both sides of an ASOF join for *facts* about left rows.

    A right row less could make another one the nearest, so only those may go that are near to no
    left row: of another key, or beyond the bound of the left values.
    """
    pairs = [(bare_column(left), bare_column(right)) for left, right in node.keys]
    known = through(facts, {a.id: b.id for a, b in pairs if a is not None and b is not None})
    ours, theirs = (bare_column(value) for value in node.nearest)
    if ours is not None and theirs is not None:
        op: PredicateOp = "<=" if node.name.startswith(">") else ">="
        told = {"=", op, op.rstrip("=")}
        known |= {
            Fact(theirs.id, op, fact.value)
            for fact in facts
            if fact.column == ours.id and fact.op in told
        }
    return [(node.left, facts), (node.right, known)]


def scan_limits(root: Relation) -> Mapping[int, int]:
    """Return how many rows suffice of scans with nothing but projections under a LIMIT."""
    parents: dict[int, int] = {}
    nodes = topological(root)
    for node in nodes:
        for child in inputs(node):
            parents[id(child)] = parents.get(id(child), 0) + 1
    limits: dict[int, int] = {}
    for node in nodes:
        if not isinstance(node, Limit) or node.count is None:
            continue
        child = node.input
        while isinstance(child, Project) and parents[id(child)] == 1:
            child = child.input
        if isinstance(child, Scan) and parents[id(child)] == 1:
            limits[id(child)] = node.count + node.offset
    return limits
