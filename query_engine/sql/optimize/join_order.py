"""
The order of inner joins: which two relations to join first, by how many rows come out.

The tables of comma joins and inner joins are taken together with everything that is demanded of
them. Of all pairs that a condition connects, the pair with the fewest rows is joined, and so on;
what no condition connects comes last. Equalities that follow from others may become keys.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from query_engine.sql.joins import ids, inner, placed
from query_engine.sql.limits import JOIN_ORDER_RELATIONS_MAX
from query_engine.sql.operators import all_of
from query_engine.sql.optimize.common_factors import alternatives, any_of
from query_engine.sql.optimize.equalities import Equalities
from query_engine.sql.optimize.estimates import Estimate, Estimates, joined_rows
from query_engine.sql.relations import Filter, Join, Project, Relation, inputs, topological
from query_engine.sql.rewriting import with_inputs
from query_engine.sql.scalars import Scalar, columns_in, conjuncts

RELATIONS_MIN = 3
"""Two relations have one order; which of them is held in memory the engine decides as it goes."""

TESTS = {"semi", "anti"}
"""Joins that only keep or drop rows of their left side."""

TEST_SHARE_MAX = 0.5
"""A test that is believed to let a larger share of the rows through is made after the joins."""


def with_joins_ordered(root: Relation) -> Relation:
    """Return *root* with every run of inner joins in the order of least rows."""
    parents = Counter(id(child) for node in topological(root) for child in inputs(node))
    return Ordering(parents).visit(root)


@dataclass(slots=True)
class Group:
    """
    Relations that are joined with each other, and what is demanded of the pairs.

    Attributes:
        tests: Semi and anti joins whose left side is the joined relations.
    """

    leaves: list[Relation] = field(default_factory=list)
    tests: list[Join] = field(default_factory=list)
    keys: list[tuple[Scalar, Scalar]] = field(default_factory=list)
    conditions: list[Scalar] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Relations joined so far: the join, its columns' ids, and its size."""

    relation: Relation
    ids: frozenset[str]
    estimate: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two parts that could be joined next, the larger one first, and how many rows that gives."""

    first: Part
    second: Part
    keys: tuple[tuple[Scalar, Scalar], ...]
    rows: float

    def rank(self, conditions: Sequence[Scalar]) -> tuple[bool, float, float]:
        """Return what to choose by: pairs that nothing connects come last, then fewest rows."""
        both = self.first.ids | self.second.ids
        connected = bool(self.keys) or any(columns_in(part) <= both for part in conditions)
        work = self.first.estimate.rows + self.second.estimate.rows
        return (not connected, self.rows, work)


def pair(one: Part, other: Part, equal: Equalities) -> Pair:
    """Return two parts as a pair."""
    first, second = (one, other) if one.estimate.rows >= other.estimate.rows else (other, one)
    keys = tuple(equal.between(first.ids, second.ids))
    return Pair(first, second, keys, joined_rows(first.estimate, second.estimate, [*keys]))


@dataclass(slots=True)
class Ordering:
    """Orders the joins of one query, from the result downwards."""

    parents: Counter[int]
    estimates: Estimates = field(default_factory=Estimates)
    done: dict[int, Relation] = field(default_factory=dict)
    left_alone: set[int] = field(default_factory=set)

    def visit(self, node: Relation) -> Relation:
        """Return *node* with the joins in it and below it ordered."""
        if id(node) not in self.done:
            group = self.group(node)
            ordered = group is not None and self.ordered(node, group)
            self.done[id(node)] = ordered or with_inputs(node, self.visit)
        return self.done[id(node)]

    def group(self, node: Relation) -> Group | None:
        """Return the run of inner joins whose result *node* is; None when it is none."""
        if not is_inner(node):
            return None
        if id(node) in self.left_alone:
            return None
        group = Group()
        inside: set[int] = set()
        stack: list[Relation] = [node]
        while stack:
            current = stack.pop()
            inside.add(id(current))
            # What two relations read is computed once; taken apart it would be computed twice.
            if not is_inner(current) or (current is not node and self.parents[id(current)] > 1):
                group.leaves.append(current)
            elif isinstance(current, Filter):
                group.conditions.extend(conjuncts(current.predicate))
                stack.append(current.input)
            elif isinstance(current, Join) and current.kind in TESTS:
                group.tests.append(current)
                stack.append(current.left)
            elif isinstance(current, Join):
                group.keys.extend(current.keys)
                if current.residual is not None:
                    group.conditions.extend(conjuncts(current.residual))
                stack.extend((current.right, current.left))
        if len(group.leaves) > JOIN_ORDER_RELATIONS_MAX:
            self.left_alone |= inside
            return None
        return group if len(group.leaves) >= RELATIONS_MIN else None

    def ordered(self, node: Relation, group: Group) -> Relation:
        """Return the joins of *group* in a good order, with the columns of *node*."""
        leaves, tests = self.tested([self.visit(leaf) for leaf in group.leaves], group.tests)
        equal = Equalities.of(group.keys, [ids(leaf) for leaf in leaves])
        conditions = [*group.conditions, *equal.within]
        everywhere = [part for part in conditions if not columns_in(part)]
        conditions = [part for part in conditions if columns_in(part)]
        parts: list[Part] = []
        for leaf in leaves:
            own = ids(leaf)
            here = [part for part in conditions if columns_in(part) <= own]
            conditions = [part for part in conditions if part not in here]
            implied = [found for part in conditions for found in implied_by(part, own)]
            parts.append(self.part(placed(leaf, [*here, *implied])))
        pairs = [
            pair(one, other, equal)
            for index, one in enumerate(parts)
            for other in parts[index + 1 :]
        ]
        while pairs:
            best = min(pairs, key=lambda found: found.rank(conditions))
            own = best.first.ids | best.second.ids
            here = [part for part in conditions if columns_in(part) <= own]
            conditions = [part for part in conditions if part not in here]
            product = Join(best.first.relation, best.second.relation, "cross", best.keys)
            joined = self.part(inner(product, here))
            parts = [part for part in parts if part not in {best.first, best.second}]
            pairs = [found for found in pairs if found.first in parts and found.second in parts]
            pairs += [pair(joined, other, equal) for other in parts]
            parts.append(joined)
        relation = placed_above(parts[0].relation, everywhere)
        for test in tests:
            relation = replace(test, left=relation)
        if relation.columns == node.columns:
            return relation
        return Project(relation, tuple((column, column) for column in node.columns))

    def tested(
        self, leaves: list[Relation], tests: Sequence[Join]
    ) -> tuple[list[Relation], list[Join]]:
        """
        Return the leaves with the tests that pay there, and the others, innermost first.

        A test of one leaf's columns that lets few rows through makes every join after it smaller;
        one that lets most of them through is cheaper on what the joins leave.
        """
        left: list[Join] = []
        for found in reversed(tests):
            test = replace(found, right=self.visit(found.right))
            reads = columns_in(all_of([key for key, _ in test.keys])) if test.keys else frozenset()
            for at, leaf in enumerate(leaves):
                here = replace(test, left=leaf)
                if test.kind != "semi" or test.residual is not None or not reads <= ids(leaf):
                    continue
                share = self.estimates.of(here).rows / self.estimates.of(leaf).rows
                if reads and share <= TEST_SHARE_MAX:
                    leaves = [*leaves[:at], here, *leaves[at + 1 :]]
                    break
            else:
                left.append(test)
        return leaves, left

    def part(self, relation: Relation) -> Part:
        """Return a relation with its size."""
        return Part(relation, ids(relation), self.estimates.of(relation))


def is_inner(node: Relation) -> bool:
    """Tell whether *node* is an inner join on plain equalities, or conditions on one's result."""
    while isinstance(node, Filter) or (isinstance(node, Join) and node.kind in TESTS):
        node = node.input if isinstance(node, Filter) else node.left
    return isinstance(node, Join) and node.kind in {"inner", "cross"} and not node.nulls_equal


def implied_by(part: Scalar, own: frozenset[str]) -> list[Scalar]:
    """
    Return what an OR over several relations demands of the one with the columns *own*.

    Where the OR is true one of its alternatives is, with all that it demands of this relation.
    """
    sets = alternatives(part)
    if len(sets) < 2:
        return []
    demanded = [
        [one for one in found if columns_in(one) and columns_in(one) <= own] for found in sets
    ]
    return [any_of([all_of(found) for found in demanded])] if all(demanded) else []


def placed_above(relation: Relation, parts: Sequence[Scalar]) -> Relation:
    """Return the rows for which conditions without columns are true."""
    return Filter(relation, all_of(parts)) if parts else relation
