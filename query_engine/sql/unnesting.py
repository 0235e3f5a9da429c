"""
A correlated relation as an ordinary one: the state of the work, and the steps that its rules share.

The method is that of Neumann and Kemper: what a subquery knows of the outside is carried up as
conditions until a join can test them. Where they cannot be carried further (below a GROUP BY, a
LIMIT, ...) the relation is joined with its domain, the distinct values that the parameters take.
"""

import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from query_engine.functions.function import BadValue
from query_engine.sql.coercion import folded
from query_engine.sql.correlation import Correlation, substituted
from query_engine.sql.errors import SqlError
from query_engine.sql.joins import is_known, is_null_safe, joined_on, placed
from query_engine.sql.operators import Operators
from query_engine.sql.relations import Distinct, Project, Relation
from query_engine.sql.scalars import Call, ColumnRef, Literal, Parameters, Scalar, columns_in
from query_engine.sql.session import Session
from query_engine.sql.types import BOOLEAN


@dataclass(frozen=True, slots=True)
class Unnested:
    """
    What a correlated relation was made of, without parameters.

    Attributes:
        relation: Has the columns of the original, perhaps more.
        conditions: For some values of the parameters, the original's rows are those of ``relation``
            for which all of these hold.
        empty: If no row does: the values of the one row that there is instead, by column.
        single: There is never more than one row.
    """

    relation: Relation
    conditions: tuple[Scalar, ...] = ()
    empty: Mapping[str, Scalar] | None = None
    single: bool = False


Rule = Callable[["Unnesting", Any], Unnested]


@dataclass(frozen=True, slots=True)
class Unnesting:
    """
    The unnesting of one subquery.

    Attributes:
        outside: Where the values of the parameters come from.
        rules: How each kind of relation is unnested.
    """

    session: Session
    outside: Relation
    parameters: Parameters
    rules: Mapping[type, Rule]
    done: dict[int, Unnested] = field(default_factory=dict)
    domains: dict[frozenset[str], Distinct] = field(default_factory=dict)
    correlation: Correlation = field(init=False)

    def __post_init__(self) -> None:
        inside = {column.id: column for column, _ in self.parameters}
        object.__setattr__(self, "correlation", Correlation(inside))

    def unnested(self, node: Relation) -> Unnested:
        """
        Return *node* without parameters.

        Raises:
            Unsupported: Something in it cannot depend on the outside.
        """
        if id(node) not in self.done:
            if self.correlation.touches(node):
                rule = self.rules.get(type(node))
                if rule is None:
                    raise self.refusal(f"{type(node).__name__.lower()} in a correlated subquery")
                self.done[id(node)] = rule(self, node)
            else:
                self.done[id(node)] = Unnested(node)
        return self.done[id(node)]

    def refusal(self, what: str) -> SqlError:
        """Return the error for what cannot depend on the outside."""
        pos = max((value.pos for _, value in self.parameters), default=0)
        hint = "join, or compute it outside"
        return self.session.source.unsupported(f"{what} is not supported", pos, hint=hint)

    def waits(self, condition: Scalar) -> bool:
        """Tell whether *condition* can be carried past groups and limits."""
        return self.correlation.only(condition) or self.correlation.sides(condition) is not None

    def domain(self, wanted: Collection[str]) -> tuple[Relation, dict[str, Scalar]]:
        """Return the distinct values of some parameters, and the columns that hold them."""
        key = frozenset(wanted)
        given = [(column, value) for column, value in self.parameters if column.id in key]
        if key not in self.domains:
            items = tuple((self.renewed(column), value) for column, value in given)
            self.domains[key] = Distinct(Project(self.outside, items))
        values = self.domains[key]
        fresh = [self.renewed(column) for column in values.columns]
        relation = Project(values, tuple(zip(fresh, values.columns, strict=True)))
        return relation, {column.id: new for (column, _), new in zip(given, fresh, strict=True)}

    def renewed(self, column: ColumnRef) -> ColumnRef:
        """Return a new column like *column*."""
        return self.session.fresh(column.id.rpartition("#")[0], column.dtype, column.pos)

    def bound(self, done: Unnested, wanted: Collection[str]) -> tuple[Unnested, dict[str, Scalar]]:
        """
        Return *done* with the values of the parameters *wanted* among its columns.

        An equality with a parameter gives its value for nothing. Otherwise the relation meets the
        domain here, on every condition there is.
        """
        done = self.filled(done)
        known: dict[str, Scalar] = {}
        used: list[Scalar] = []
        for condition in done.conditions:
            sides = self.correlation.sides(condition)
            if sides is not None and isinstance(sides[0], ColumnRef) and columns_in(sides[1]):
                known.setdefault(sides[0].id, sides[1])
                used.append(condition)
        if set(wanted) <= known.keys():
            return self.tested(done, known, used), known
        missing = set(wanted) | self.correlation.among(done.conditions)
        relation, values = self.domain(missing)
        parts = [substituted(condition, values) for condition in done.conditions]
        relation = joined_on(relation, done.relation, "inner", parts)
        conditions = tuple(self.same(name, value) for name, value in values.items())
        return replace(done, relation=relation, conditions=conditions), values

    def tested(
        self, done: Unnested, known: Mapping[str, Scalar], used: Sequence[Scalar]
    ) -> Unnested:
        """Return *done* after testing the conditions that need no more than what is known."""
        here: list[Scalar] = []
        later: list[Scalar] = []
        for condition in done.conditions:
            reads = self.correlation.among([condition])
            now = condition not in used and not self.waits(condition) and reads <= known.keys()
            (here if now else later).append(condition)
        if not here:
            return done
        relation = placed(done.relation, [substituted(part, known) for part in here])
        return replace(done, relation=relation, conditions=tuple(later))

    def carried(
        self, done: Unnested, wanted: Collection[str]
    ) -> tuple[Unnested, dict[str, Scalar]]:
        """Return *done* with conditions that can all wait, and with the values of *wanted*."""
        done = self.filled(done)
        stuck = [part for part in done.conditions if not self.waits(part)]
        wanted = set(wanted) | self.correlation.among(stuck)
        return self.bound(done, wanted) if wanted else (done, {})

    def closed(self, done: Unnested, wanted: Sequence[str]) -> tuple[Relation, list[Scalar]]:
        """Return a relation, and the columns that are the values of *wanted* for each row of it."""
        done, known = self.bound(done, wanted)
        parts: list[Scalar] = []
        for condition in done.conditions:
            sides = self.correlation.sides(condition)
            assert self.correlation.among([condition]) <= set(wanted), "all of them are wanted"
            if sides is None or sides[1] != known.get(getattr(sides[0], "id", "")):
                parts.append(substituted(condition, known))
            elif not is_null_safe(condition):
                parts.append(is_known(sides[1]))
        return placed(done.relation, parts), [known[name] for name in wanted]

    def filled(self, done: Unnested) -> Unnested:
        """Return *done* with the row that stands for no rows, where there is none."""
        if done.empty is None:
            return done
        relation, values = self.domain(self.correlation.among(done.conditions))
        marked, found = self.marked(done.relation)
        parts = [substituted(condition, values) for condition in done.conditions]
        joined = joined_on(relation, marked, "left", parts)
        items: list[tuple[ColumnRef, Scalar]] = [(column, column) for column in relation.columns]
        for column in done.relation.columns:
            if column.id in done.empty:
                value = self.chosen(found, column, done.empty[column.id])
                items.append((column, value))
        conditions = tuple(self.same(name, value) for name, value in values.items())
        return Unnested(Project(joined, tuple(items)), conditions, single=done.single)

    def marked(self, relation: Relation) -> tuple[Relation, ColumnRef]:
        """Return *relation* with a column that is true in every row."""
        found = self.session.fresh("found", BOOLEAN)
        kept: tuple[tuple[ColumnRef, Scalar], ...] = tuple((c, c) for c in relation.columns)
        return Project(relation, (*kept, (found, Literal(True, BOOLEAN)))), found

    def chosen(self, found: Scalar, value: Scalar, otherwise: Scalar) -> Scalar:
        """Return *value* where a row was found."""
        if isinstance(otherwise, Literal) and otherwise.value is None:
            return value
        operators = Operators(self.session.make)
        return operators.case([(found, value)], otherwise, value.pos)

    def same(self, name: str, value: Scalar) -> Scalar:
        """Return the condition that a parameter has *value*; NULL is a value here."""
        operators = Operators(self.session.make)
        column = self.correlation.parameters[name]
        return operators.distinct(column, value, column.pos, negate=True)

    def evaluated(self, value: Scalar, known: Mapping[str, Scalar]) -> Scalar:
        """Return *value* for constants in place of columns, computed as far as can be."""
        if isinstance(value, ColumnRef):
            return known.get(value.id, value)
        if not isinstance(value, Call):
            return value
        args = tuple(self.evaluated(arg, known) for arg in value.args)
        call = replace(value, args=args)
        if all(isinstance(arg, Literal) for arg in args):
            # What has no value fails when it is run, if a row ever asks for it.
            with contextlib.suppress(BadValue, pl.exceptions.PolarsError):
                return folded(call)
        return call
