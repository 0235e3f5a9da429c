"""
Passes the few ids that one side of a join has to the scan of the other, which then opens few files.

The side with few rows is run while the query is planned; its values become a condition on the
other side, from where it reaches the scan like one that was written. This is done only for columns
by which a table finds its files, and only where the one side is small beside the other.

Rule: the condition says no more than the join itself. A side whose rows may be others when it runs
again (it has a LIMIT) is run once, and what came of it stands in its place.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import polars as pl

from assets.errors import LimitExceeded
from query_engine.sql.catalog import LookedUpTable, ScanRequest
from query_engine.sql.correlation import expressions_in
from query_engine.sql.facts import Fact
from query_engine.sql.limits import (
    PASSED_IDS_MAX,
    PASSED_JOINS_MAX,
    PASSED_ROWS_MAX,
    PASSED_SHARE_MAX,
    PASSED_TABLE_ROWS_MIN,
)
from query_engine.sql.operators import Operators
from query_engine.sql.optimize.estimates import Estimates
from query_engine.sql.predicates import facts_by_relation
from query_engine.sql.relations import (
    Aggregate,
    Distinct,
    Filter,
    Join,
    JoinKind,
    Limit,
    Project,
    Relation,
    Scan,
    Sort,
    Union,
    Values,
    inputs,
    topological,
)
from query_engine.sql.rewriting import rebuilt
from query_engine.sql.scalars import Call, ColumnRef, Literal, Scalar, walk
from query_engine.sql.session import Session
from query_engine.sql.types import TEXT

RunRelation = Callable[[Relation], pl.DataFrame]

_PROBE = "\0probe"
_TO_RIGHT: frozenset[JoinKind] = frozenset({"inner", "left", "semi"})
_TO_LEFT: frozenset[JoinKind] = frozenset({"inner", "right", "semi"})
_SAME_AGAIN = (Scan, Project, Filter, Join, Aggregate, Distinct, Sort, Union, Values)


@dataclass(frozen=True, slots=True)
class FoundRows:
    """Rows that were found while the query was planned, as a table."""

    frame: pl.DataFrame
    name: str = "rows found before"

    @property
    def schema(self) -> pl.Schema:
        """Columns of the frame."""
        return self.frame.schema

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Return all rows."""
        del request
        return self.frame.lazy()


@dataclass(frozen=True, slots=True)
class Passage:
    """From *few*, the values of ``key`` go to ``column`` of *many*; both are sides of ``join``."""

    join: Join
    few: Relation
    many: Relation
    key: Scalar
    column: ColumnRef

    @property
    def name(self) -> tuple[str, str]:
        """The columns, by which it is known when the query was rebuilt."""
        return (repr(self.key), self.column.id)


@dataclass(slots=True)
class Passing:
    """The passing of ids in one query."""

    session: Session
    run: RunRelation
    tried: set[tuple[str, str]] = field(default_factory=set)

    def passed(self, root: Relation) -> Relation:
        """Return *root* with conditions on the sides of joins that can use them."""
        for _ in range(PASSED_JOINS_MAX):
            found = next(self.passages(root), None)
            if found is None:
                break
            self.tried.add(found.name)
            root = self.through(found, root)
        return root

    def passages(self, root: Relation) -> Iterator[Passage]:
        """Yield where ids could be passed and were not yet, innermost joins first."""
        joins = [node for node in reversed(topological(root)) if isinstance(node, Join)]
        if not joins or not any(is_looked_up(node) for node in topological(root)):
            return
        known, estimates = facts_by_relation(root), Estimates()
        for join in joins:
            for found in self.sides(join):
                scan = None if found.name in self.tried else self.looked_up(found)
                if scan is None or has_values(known[id(scan[0])], scan[1]):
                    continue
                rows, few = estimates.of(scan[0]).rows, estimates.of(found.few).rows
                small = is_bounded(found.few) or few <= rows * PASSED_SHARE_MAX
                if rows >= PASSED_TABLE_ROWS_MIN and small:
                    yield found

    def sides(self, join: Join) -> Iterator[Passage]:
        """Yield what the keys of a join allow."""
        if join.nulls_equal:
            return
        for left, right in join.keys:
            if join.kind in _TO_RIGHT and is_id(right) and not isinstance(left, Literal):
                assert isinstance(right, ColumnRef)
                yield Passage(join, join.left, join.right, left, right)
            if join.kind in _TO_LEFT and is_id(left) and not isinstance(right, Literal):
                assert isinstance(left, ColumnRef)
                yield Passage(join, join.right, join.left, right, left)

    def looked_up(self, passage: Passage) -> tuple[Scan, str] | None:
        """Return the scan that a condition on the column would reach, and its column there."""
        condition = self.condition(passage.column, [_PROBE])
        facts = facts_by_relation(Filter(passage.many, condition))
        for scan in topological(passage.many):
            if not isinstance(scan, Scan) or not isinstance(scan.table, LookedUpTable):
                continue
            names = {c.id: name for c, name in zip(scan.columns, scan.names, strict=True)}
            for fact in facts[id(scan)]:
                if _PROBE in values(fact) and names[fact.column] in scan.table.found_by:
                    return scan, fact.column
        return None

    def through(self, passage: Passage, root: Relation) -> Relation:
        """Return *root* with the ids passed; as it was when they are too many."""
        try:
            if is_repeatable(passage.few):
                return self.with_ids(passage, root)
            return self.with_rows(passage, root)
        except LimitExceeded:
            return root  # too many bytes to look at beforehand: the query may well run

    def with_ids(self, passage: Passage, root: Relation) -> Relation:
        """Run the one side for its ids alone."""
        column = self.session.fresh("passed", passage.key.dtype)
        ids = Aggregate(passage.few, ((column, passage.key),), ())
        found = self.run(Limit(ids, PASSED_IDS_MAX + 2, 0)).to_series().drop_nulls()
        return self.narrowed(passage, root, found) if len(found) <= PASSED_IDS_MAX else root

    def with_rows(self, passage: Passage, root: Relation) -> Relation:
        """Run what has the LIMIT, and put its rows in its place; then run the one side for ids."""
        limited = limit_of(passage.few)
        if limited is None or not is_sealed(limited, root):
            return root
        rows = standing_for(limited, self.run(limited))

        def standing(node: Relation) -> Relation:
            return rebuilt(node, lambda part: rows if part is limited else part)

        few = standing(passage.few)
        column = self.session.fresh("passed", passage.key.dtype)
        found = self.run(Aggregate(few, ((column, passage.key),), ())).to_series().drop_nulls()
        narrower = self.narrowed(passage, root, found) if len(found) <= PASSED_IDS_MAX else root
        return standing(narrower)

    def narrowed(self, passage: Passage, root: Relation, found: pl.Series) -> Relation:
        """Return *root* with the values as a condition on the other side."""
        condition = self.condition(passage.column, found.to_list())
        many: Relation = standing_for(passage.many, None)
        if len(found):
            many = Filter(passage.many, condition)
        if passage.few is passage.join.left:
            join = replace(passage.join, right=many)
        else:
            join = replace(passage.join, left=many)
        return rebuilt(root, lambda node: join if node is passage.join else node)

    def condition(self, column: ColumnRef, found: list[str]) -> Scalar:
        """Return ``column IN (found)``."""
        return Operators(self.session.make).in_list(column, [Literal(v, TEXT) for v in found], 0)


def standing_for(node: Relation, rows: pl.DataFrame | None) -> Scan:
    """Return a scan of *rows* with the columns of *node*; of none without any."""
    names = tuple(str(place) for place in range(len(node.columns)))
    types = dict(zip(names, (column.dtype for column in node.columns), strict=True))
    if rows is None:
        return Scan(FoundRows(pl.DataFrame(schema=types)), names, node.columns)
    columns = zip(node.columns, names, strict=True)
    frame = rows.select(pl.col(column.id).alias(name) for column, name in columns)
    return Scan(FoundRows(frame), names, node.columns)


def is_looked_up(node: Relation) -> bool:
    """Tell whether a relation is a table that finds its files by values of some columns."""
    return isinstance(node, Scan) and isinstance(node.table, LookedUpTable)


def is_id(value: Scalar) -> bool:
    """Tell whether a join's key is a column of text."""
    return isinstance(value, ColumnRef) and value.dtype == TEXT


def is_repeatable(root: Relation) -> bool:
    """Tell whether a relation surely has the same rows when it runs again."""
    return all(
        isinstance(node, _SAME_AGAIN)
        and not any(
            isinstance(part, Call) and part.name == "random"
            for value in expressions_in(node)
            for part in walk(value)
        )
        for node in topological(root)
    )


def is_bounded(node: Relation) -> bool:
    """Tell whether a relation says itself that it has few rows."""
    return limit_of(node) is not None


def limit_of(node: Relation) -> Relation | None:
    """Return the LIMIT, or the constants, that bound the rows of a relation to few."""
    while isinstance(node, Project | Sort | Filter | Distinct | Aggregate):
        node = node.input
    limited = isinstance(node, Limit) and node.count is not None and node.count <= PASSED_ROWS_MAX
    few = isinstance(node, Values) and len(node.rows) <= PASSED_ROWS_MAX
    return node if limited or few else None


def is_sealed(limited: Relation, root: Relation) -> bool:
    """Tell whether no other part of the query reads rows below that may be others another time."""
    inside = {id(node) for node in topological(limited)}
    return not any(
        id(child) in inside and child is not limited and not is_repeatable(child)
        for node in topological(root)
        if id(node) not in inside
        for child in inputs(node)
    )


def has_values(facts: frozenset[Fact], column: str) -> bool:
    """Tell whether it is known already which values the column can have."""
    return any(fact.column == column and fact.op in {"=", "in"} for fact in facts)


def values(fact: Fact) -> tuple[object, ...]:
    """Return the values that a column can have."""
    if fact.op == "in":
        assert isinstance(fact.value, tuple), "the value of in is a tuple"
        return fact.value
    return (fact.value,) if fact.op == "=" else ()
