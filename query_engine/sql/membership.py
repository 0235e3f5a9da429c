"""
EXISTS, IN and ANY: whether any row of a subquery satisfies a condition, by SQL's rules for NULL.

As a condition of WHERE they are semi and anti joins; elsewhere they are columns that say which rows
have a partner. The answer of a comparison is unknown when it is false for every row and either its
operand is NULL (and there are rows) or a row is NULL: two counts of each group tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from query_engine.sql.correlation import substituted
from query_engine.sql.decorrelate import unnesting
from query_engine.sql.decorrelate_rows import keyed
from query_engine.sql.joins import joined_on
from query_engine.sql.operators import Operators
from query_engine.sql.partners import DECISIVE, called, extremes, partnered
from query_engine.sql.relations import (
    Aggregate,
    Distinct,
    Filter,
    Join,
    Limit,
    Project,
    Relation,
    Sort,
)
from query_engine.sql.scalars import AnyRow, Call, ColumnRef, Literal, Scalar, columns_in, conjuncts
from query_engine.sql.session import Session
from query_engine.sql.types import BOOLEAN, INT64, is_text
from query_engine.sql.unnesting import Unnested, Unnesting

TRUE = Literal(True, BOOLEAN)


def any_row(session: Session, relation: Relation, node: AnyRow, *, negate: bool) -> Relation:
    """Return the rows of *relation* for which *node* (or NOT *node*) is true."""
    ask = Asked.of(session, relation, node)
    if ask.always:
        return Limit(relation, 0, 0) if negate else relation
    hits = [*ask.conditions, *ask.tests]
    kept = partnered(session, relation, ask.done.relation, "anti" if negate else "semi", hits)
    if not negate or not ask.tests:
        return kept
    comparison = ask.comparison()
    if comparison is None:
        unknown = ask.operators.is_null(ask.condition, node.pos)
        parts = [*ask.conditions, unknown]
        return partnered(session, kept, ask.done.relation, "anti", parts)
    _, ours, theirs = comparison
    wide, rows, known, _ = ask.counted(kept, theirs, ())
    return Filter(wide, ask.certain(rows, known, ours))


def any_row_value(session: Session, relation: Relation, node: AnyRow) -> tuple[Relation, Scalar]:
    """Return *relation* with what is needed, and the value of *node* over it."""
    ask = Asked.of(session, relation, node)
    if ask.always:
        return relation, TRUE
    comparison = ask.comparison()
    wide = relation
    hit: Scalar
    if comparison is not None and comparison[0] in DECISIVE:
        name, ours, theirs = comparison
        wide, rows, known, values = ask.counted(wide, theirs, DECISIVE[name])
        hit = ask.operators.either(
            [ask.operators.compare(name, ours, value, node.pos) for value in values], node.pos
        )
        return wide, ask.answer(hit, ask.certain(rows, known, ours))
    column = session.fresh("found", BOOLEAN, node.pos)
    parts = [*ask.conditions, *ask.tests]
    wide = partnered(session, wide, ask.done.relation, "mark", parts, mark=column)
    if not ask.tests:
        return wide, column
    if comparison is not None:
        _, ours, theirs = comparison
        wide, rows, known, _ = ask.counted(wide, theirs, ())
        return wide, ask.answer(column, ask.certain(rows, known, ours))
    unknown = session.fresh("unknown", BOOLEAN, node.pos)
    parts = [*ask.conditions, ask.operators.is_null(ask.condition, node.pos)]
    wide = partnered(session, wide, ask.done.relation, "mark", parts, mark=unknown)
    return wide, ask.answer(column, ask.operators.negate(unknown, node.pos))


@dataclass(frozen=True, slots=True)
class Asked:
    """
    One such question about the rows of a relation.

    Attributes:
        conditions: Which candidates belong to which row.
        condition: What one of them has to satisfy; true when any will do.
        always: There is a candidate for every row.
    """

    work: Unnesting
    done: Unnested
    conditions: tuple[Scalar, ...]
    condition: Scalar
    always: bool
    node: AnyRow

    @classmethod
    def of(cls, session: Session, relation: Relation, node: AnyRow) -> "Asked":
        """Return the question of *node* about the rows of *relation*."""
        work = unnesting(session, relation, node.parameters)
        asked = bare(node.relation) if node.condition is None else unordered(node.relation)
        done = work.unnested(asked)
        always = node.condition is None and done.empty is not None
        done = done if always else work.filled(done)
        outside = {column.id: value for column, value in node.parameters}
        conditions = tuple(substituted(part, outside) for part in done.conditions)
        condition = TRUE if node.condition is None else substituted(node.condition, outside)
        return cls(work, done, conditions, condition, always, node)

    @property
    def operators(self) -> Operators:
        """The makers of operator calls."""
        return Operators(self.work.session.make)

    @property
    def tests(self) -> list[Scalar]:
        """The parts of what a candidate has to satisfy."""
        return [] if self.condition == TRUE else conjuncts(self.condition)

    def comparison(self) -> tuple[str, Scalar, Scalar] | None:
        """Return operator, outer and inner side, if the condition is one plain comparison."""
        part = self.condition
        inside = {column.id for column in self.done.relation.columns}
        if not isinstance(part, Call) or part.name not in {"=", *DECISIVE}:
            return None
        ours, theirs = part.args
        ordered = ours.dtype.is_numeric() or ours.dtype.is_temporal() or is_text(ours.dtype)
        if part.name != "=" and not ordered:
            return None
        reads = columns_in(theirs)
        plain = reads and reads <= inside and not columns_in(ours) & inside
        return (part.name, ours, theirs) if plain else None

    def counted(
        self, relation: Relation, value: Scalar, names: Sequence[str]
    ) -> tuple[Relation, ColumnRef, ColumnRef, list[ColumnRef]]:
        """Attach how many candidates a row has, how many are not NULL, and aggregates of them."""
        work, session = self.work, self.work.session
        done, _ = work.carried(self.done, ())
        extra, conditions = keyed(work, done.conditions)
        rows, valid = session.fresh("rows", INT64), session.fresh("known", INT64)
        others = extremes(session, names, value)
        calls = ((rows, called("count", TRUE, INT64)), (valid, called("count", value, INT64)))
        grouped = Aggregate(done.relation, extra, (*calls, *others))
        outside = {column.id: given for column, given in self.node.parameters}
        parts = [substituted(part, outside) for part in conditions]
        wide: Relation = Join(relation, grouped, "cross")
        if parts:
            wide = joined_on(relation, grouped, "left", parts)
        return wide, rows, valid, [column for column, _ in others]

    def certain(self, rows: Scalar, known: Scalar, ours: Scalar) -> Scalar:
        """Return whether "no candidate matches" is known for certain."""
        make, pos = self.operators, self.node.pos
        none = make.is_truth(make.compare(">", rows, Literal(0, INT64), pos), pos, truth=True)
        valid = make.compare("=", known, rows, pos)
        has_operand = make.negate(make.is_null(ours, pos), pos)
        return make.either([make.negate(none, pos), make.both([valid, has_operand], pos)], pos)

    def answer(self, hit: Scalar, certain: Scalar) -> Scalar:
        """Return true, false, or NULL for unknown."""
        true, false = Literal(True, BOOLEAN), Literal(False, BOOLEAN)
        return self.operators.case([(hit, true), (certain, false)], None, self.node.pos)


def unordered(relation: Relation) -> Relation:
    """Return the same rows without an order that nothing depends on."""
    if isinstance(relation, Sort):
        return unordered(relation.input)
    if isinstance(relation, Project):
        inner = unordered(relation.input)
        return relation if inner is relation.input else Project(inner, relation.items)
    return relation


def bare(relation: Relation) -> Relation:
    """Return a relation that has rows exactly when *relation* has, for EXISTS."""
    if isinstance(relation, Sort | Project | Distinct):
        return bare(relation.input)
    some = isinstance(relation, Limit) and relation.count != 0 and relation.offset == 0
    if some and isinstance(relation, Limit):
        return bare(relation.input)
    return relation
