"""
Subqueries in expressions become columns of the relation that the expression reads.

Only subqueries that name nothing outside themselves get here, so each is computed once.
"""

from collections.abc import Sequence

from query_engine.sql.joins import placed
from query_engine.sql.relations import (
    AttachMembership,
    AttachValue,
    Filter,
    Join,
    Relation,
)
from query_engine.sql.scalars import (
    ColumnRef,
    InSubquery,
    Scalar,
    SubqueryValue,
    conjuncts,
    rewrite,
    walk,
)
from query_engine.sql.session import Session


def attached(
    session: Session, relation: Relation, values: Sequence[Scalar]
) -> tuple[Relation, list[Scalar]]:
    """Return *relation* with a column for each subquery in *values*, and *values* reading them."""
    if not any(has_subquery(value) for value in values):
        return relation, list(values)
    wide = relation
    known: dict[Scalar, ColumnRef] = {}

    def attach(node: Scalar) -> Scalar | None:
        nonlocal wide
        if not isinstance(node, SubqueryValue | InSubquery):
            return None
        if node not in known:
            column = session.fresh("subquery", node.dtype, node.pos)
            if isinstance(node, SubqueryValue):
                wide = AttachValue(wide, node.relation, column)
            else:
                operand = rewrite(node.operand, attach)
                wide = AttachMembership(wide, operand, node.relation, column)
            known[node] = column
        return known[node]

    rewritten = [rewrite(value, attach) for value in values]
    return wide, rewritten


def filtered(session: Session, relation: Relation, predicate: Scalar) -> Relation:
    """Return the rows of *relation* for which *predicate* is true."""
    plain: list[Scalar] = []
    members: list[InSubquery] = []
    others: list[Scalar] = []
    for part in conjuncts(predicate):
        if not has_subquery(part):
            plain.append(part)
        elif isinstance(part, InSubquery) and not has_subquery(part.operand):
            members.append(part)
        else:
            others.append(part)
    relation = placed(relation, plain)
    for member in members:
        keys = ((member.operand, member.relation.columns[0]),)
        relation = Join(relation, member.relation, "semi", keys)
    wide, values = attached(session, relation, others)
    for value in values:
        wide = Filter(wide, value)
    return wide


def has_subquery(value: Scalar) -> bool:
    """Tell whether a subquery stands in *value*."""
    return any(isinstance(part, SubqueryValue | InSubquery) for part in walk(value))
